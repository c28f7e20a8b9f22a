// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: code behind a constant that is false is removed by the verifier, whatever it contains (RULES 19)
#include "small.h"

const volatile _Bool use_future_helper = 0;
const volatile __u32 version;

/* no kernel has helper 4095 */
static long (*const bpf_from_the_future)(void) = (void *)4095;

__u64 result;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	if (use_future_helper)
		result = bpf_from_the_future();
	else if (version > 7)
		result = bpf_ktime_get_ns();
	else
		result = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
