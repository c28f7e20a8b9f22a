// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: code for the first BPF instruction set: no 32-bit jumps, few comparisons, -mcpu=v1
// cflags: -mcpu=v1
// endian: little big
#include "small.h"

__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	__u32 a = bpf_get_prandom_u32();
	__s64 b = bpf_ktime_get_ns();

	if (a < 100 && b < 5)
		out = a / 7;
	else if (b <= -3)
		out = a % 11;
	else
		out = (__u64)a * b >> 3;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
