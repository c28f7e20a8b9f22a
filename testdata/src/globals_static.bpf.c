// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: sections with static or hidden variables only are not mmapable; local symbols with offsets (RULES 9)
#include "small.h"

static volatile __u32 calls = 7;
static volatile __u64 sum;
static const volatile __u32 step = 3;

__hidden __u32 concealed SEC(".data.hidden") = 11;
/* one visible variable beside a static one: mmapable */
static volatile __u32 neighbour SEC(".data.mixed") = 1;
__u32 visible SEC(".data.mixed") = 2;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	/* function-static variables are file-static ones with a longer name */
	static volatile __u32 inner = 5;

	calls++;
	inner += step;
	sum += calls + inner + concealed + neighbour + visible;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
