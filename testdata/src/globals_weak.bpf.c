// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: weak and common global variables, aligned ones, a 1-byte section
#include "small.h"

__weak __u32 overridable = 1;
__weak const volatile __u32 constant = 2;
__u64 on_a_line __attribute__((aligned(64))) = 3;
__u8 lonely SEC(".data.one") = 1;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	overridable += constant;
	on_a_line += lonely;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
