// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: custom data sections: .data.x, .rodata.x, .bss.x, dots and dashes in names, long names (RULES 7)
#include "small.h"

__u64 hits SEC(".data.counters") = 1;
__u64 misses SEC(".data.counters") = 2;
const volatile __u32 ceiling SEC(".rodata.limits") = 9;
__u32 room[4] SEC(".bss.space");
__u32 dotted SEC(".data.one.two.three") = 3;
__u32 dashed SEC(".data.with-dash") = 4;
const volatile __u32 long_name SEC(".rodata.abracadabra_and_more") = 5;
__u32 plain = 6;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	if (hits < ceiling)
		hits++;
	misses += dotted + dashed + long_name + plain;
	room[1] = hits;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
