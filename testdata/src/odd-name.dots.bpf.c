// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a file name with a dash and dots: object name up to the first dot, internal map names sanitised (RULES 6, 7)
#include "small.h"

__u32 in_bss;
__u32 in_data = 1;
const volatile __u32 in_rodata = 2;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	in_bss += in_data + in_rodata;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
