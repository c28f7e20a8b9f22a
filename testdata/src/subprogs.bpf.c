// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: static, global and weak subprograms, chains of calls, one shared by two programs, unused ones (relocation of calls)
// endian: little big
#include "small.h"

__u64 calls;

static __noinline int leaf(int x)
{
	calls++;
	return x + 1;
}

static __noinline int middle(int x)
{
	return leaf(x) * 2 + leaf(x + 3);
}

/* global: verified on its own, for any argument */
__noinline int global_sum(int a, int b)
{
	return middle(a) + middle(b);
}

__weak __noinline int replaceable(int x)
{
	asm volatile("");
	return x ^ 0x55;
}

__hidden __noinline int hidden_one(int x)
{
	return x & leaf(x);
}

/* nobody calls this one: it must not be appended to any program */
__noinline int uncalled(int x)
{
	return leaf(x) - 1;
}

SEC("socket")
int one(void *ctx)
{
	return global_sum(1, 2) + replaceable(3);
}

SEC("raw_tracepoint/sys_enter")
int two(void *ctx)
{
	return middle(7) + hidden_one(9) + global_sum(5, 6);
}

/* a program that calls nothing, in the same object */
SEC("socket")
int three(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
