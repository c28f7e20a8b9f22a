// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: constants that the compiler pools: .rodata.cst16, .rodata.cst32 and an array initialiser in .rodata
// host-load-clang14: refused: ENOENT on opening: clang 14 puts the array into .rodata.cst32 but its BTF says .rodata
#include "small.h"

struct two {
	__u64 a;
	__u64 b;
};

struct four {
	__u64 words[4];
};

__u64 out;

static __noinline int sum(const struct two *two, const struct four *four)
{
	return two->a + two->b + four->words[bpf_get_prandom_u32() & 3];
}

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	struct two two = {3, 4};
	struct four four = {{5, 6, 7, 8}};
	static const __u32 squares[] = {0, 1, 4, 9, 16, 25, 36, 49};

	asm volatile("" ::"r"(&two), "r"(&four) : "memory");
	out = sum(&two, &four) + squares[bpf_get_prandom_u32() & 7];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
