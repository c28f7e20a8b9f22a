// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: array and hash of maps: inner definition in place, by a named type, static slots, no slots (RULES 17, 18)
// endian: little big
#include "small.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
};

struct inner inner_a SEC(".maps");
struct inner inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} outer_array SEC(".maps") = {
	.values = {[0] = &inner_a, [2] = &inner_b},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__array(values, struct inner);
} outer_hash SEC(".maps") = {
	.values = {&inner_b},
};

/* the inner definition spelled out, nothing in it */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 1);
		__uint(map_flags, BPF_F_INNER_MAP);
		__type(key, __u32);
		__type(value, __u32);
	});
} empty_slots SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	__u32 key = 0;
	void *map = bpf_map_lookup_elem(&outer_array, &key);

	if (map)
		bpf_map_lookup_elem(map, &key);
	map = bpf_map_lookup_elem(&outer_hash, &key);
	if (map)
		bpf_map_delete_elem(map, &key);
	map = bpf_map_lookup_elem(&empty_slots, &key);
	return map && bpf_map_lookup_elem(map, &key);
}

char LICENSE[] SEC("license") = "GPL";
