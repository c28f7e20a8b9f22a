// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: an object with maps and global data but no program
// endian: little big
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 3);
	__type(key, __u64);
	__type(value, __u64);
} lonely_map_with_a_long_name SEC(".maps");

__u32 setting = 0x01020304;

char LICENSE[] SEC("license") = "GPL";
