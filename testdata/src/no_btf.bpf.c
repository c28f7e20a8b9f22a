// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: an object without BTF (compiled without -g): programs, globals and calls still work
// cflags: -g0
// endian: little big
#include "small.h"

__u64 hits = 3;
static volatile __u32 quiet;
const volatile __u32 step = 2;

static __noinline int add(int x)
{
	hits += x;
	return 0;
}

SEC("socket")
int use(void *ctx)
{
	quiet++;
	return add(step);
}

char LICENSE[] SEC("license") = "GPL";
