// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: SEC("?…") is not loaded unless asked for; here it could not be (RULES 4)
#include "small.h"

SEC("tracepoint/syscalls/sys_enter_getpgid")
int always(void *ctx)
{
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_getpgid")
int on_demand(void *ctx)
{
	return 0;
}

/* loops without end */
SEC("?socket")
int never_verified(void *ctx)
{
	for (;;)
		asm volatile("" ::: "memory");
	return 0;
}

SEC("?tp_btf/tsbpf_no_such_tracepoint")
int no_target(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
