// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: arena map with map_extra as a 64-bit __ulong, arena globals in .addr_space.1, address space casts (RULES 24)
// libbpf: 1.5
// compilers: zig
// cflags: -mcpu=v4
#include "small.h"

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10); /* pages */
	__ulong(map_extra, 0x1ull << 44); /* address in user space */
} arena SEC(".maps");

/* clang puts these into .addr_space.1 on its own */
__u64 __arena counter;
__u32 __arena list[8] = {1, 2, 3};

SEC("syscall")
int touch(void *ctx)
{
	/* the verifier needs to see which arena is meant: a mention of the map is enough */
	asm volatile("" ::"r"(&arena));
	counter++;
	list[3] = counter;
	return list[1];
}

char LICENSE[] SEC("license") = "GPL";
