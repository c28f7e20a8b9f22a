// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: everything in .text: no program at all (RULES 3)
// endian: little big
#include "small.h"

__u32 state = 1;

__noinline int helper(int x)
{
	return x + state;
}

int looks_like_a_program(void *ctx)
{
	return helper(2);
}

char LICENSE[] SEC("license") = "GPL";
