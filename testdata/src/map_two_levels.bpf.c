// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: maps of maps of maps: one level only (RULES 18)
// host-load: refused: EOPNOTSUPP on opening, multi-level inner maps
#include "small.h"

struct leaf {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct middle {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, struct leaf);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, struct middle);
} outer SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	return bpf_map_lookup_elem(&outer, &(__u32){0}) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
