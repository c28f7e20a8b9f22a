// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: 64-bit enums signed and unsigned, 128-bit integers, bit-precise flags, floats and doubles in data
// compilers: zig
#include "small.h"

enum huge {
	HUGE_NONE = 0,
	HUGE_TOP = 0x8000000000000000ull,
	HUGE_ALL = 0xffffffffffffffffull,
};

enum huge_signed {
	VERY_LOW = -0x7fffffffffffffffll,
	VERY_HIGH = 0x7fffffffffffffffll,
};

struct numbers {
	enum huge huge;
	enum huge_signed signed_huge;
	unsigned __int128 u128;
	__int128 s128;
	float single;
	double twofold;
};

struct numbers numbers = {
	.huge = HUGE_TOP,
	.signed_huge = VERY_LOW,
	.u128 = ((unsigned __int128)0x0123456789abcdefull << 64) | 0xfedcba9876543210ull,
	.s128 = -2,
	.single = 1.5f,
	.twofold = -0.25,
};

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	return numbers.huge == HUGE_NONE;
}

char LICENSE[] SEC("license") = "GPL";
