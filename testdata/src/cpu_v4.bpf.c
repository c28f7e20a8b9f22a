// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: instructions of -mcpu=v4: sign-extending loads and moves, signed division, byte swaps, long jumps
// compilers: zig
// cflags: -mcpu=v4
// endian: little big
#include "small.h"

__s8 tiny = -3;
__s16 medium = -300;
__s32 normal = -70000;
__s64 out[8];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	__s64 random = (__s32)bpf_get_prandom_u32();
	__s64 divisor = (tiny & 7) + 1;

	out[0] = tiny;
	out[1] = medium;
	out[2] = normal;
	out[3] = (__s8)random;
	out[4] = random / divisor;
	out[5] = random % divisor;
	out[6] = __builtin_bswap64(random);
	out[7] = __builtin_bswap16(random);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
