// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: map_flags, numa_node, map_extra, one map for each flag that programs use
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} no_prealloc SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100);
	__uint(map_flags, BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__type(key, __u32);
	__type(value, __u64);
} on_node_0 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, __u64[16]);
} read_only_mapped SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(map_flags, BPF_F_WRONLY_PROG);
	__type(key, __u32);
	__type(value, __u32);
} write_only SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, __u32);
	__type(value, __u32);
} own_lru SEC(".maps");

/* map_extra of a bloom filter: the number of hash functions */
struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1000);
	__uint(value_size, 8);
	__uint(map_extra, 3);
} bloom SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	__u32 key = 0;
	__u64 value = 1;

	bpf_map_update_elem(&no_prealloc, &key, &value, BPF_ANY);
	bpf_map_update_elem(&on_node_0, &key, &value, BPF_NOEXIST);
	bpf_map_update_elem(&write_only, &key, &value, BPF_ANY);
	bpf_map_update_elem(&own_lru, &key, &value, BPF_ANY);
	bpf_map_push_elem(&bloom, &value, BPF_ANY);
	return bpf_map_lookup_elem(&read_only_mapped, &key) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
