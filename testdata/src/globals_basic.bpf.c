// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: .data, .bss and .rodata with scalars, arrays, structs, strings; alignment gaps; one program that uses all
// endian: little big
#include "small.h"

struct point {
	__s16 x;
	__s16 y;
};

__u8 small = 0x7f;
__u64 big = 0x1122334455667788;
__s32 negative = -5;
char name[10] = "tsbpf";
struct point corner = {-1, 300};
struct point path[3] = {{1, 2}, {3, 4}, {5, 6}};
_Bool on = 1;

__u32 counter;
__u64 total;
char scratch[5];

const volatile __u32 limit = 100;
const volatile char greeting[] = "hello";
const volatile _Bool verbose;
const struct point origin = {0, 0};

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	if (verbose)
		bpf_printk("%s", greeting);
	if (counter < limit)
		counter++;
	total += big + small + negative + on + path[counter & 1].y + origin.x;
	corner.x = counter;
	scratch[0] = name[1];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
