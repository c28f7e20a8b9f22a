// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: per-CPU array, hash and LRU hash with value sizes that are no multiple of 8 (RULES 22)
// endian: little big
#include "small.h"

struct odd {
	__u32 hits;
	__u8 tail[5];
};

#define PERCPU(name, map_type)                   \
	struct {                                 \
		__uint(type, map_type);          \
		__uint(max_entries, 8);          \
		__type(key, __u32);              \
		__type(value, struct odd);       \
	} name SEC(".maps")

PERCPU(array, BPF_MAP_TYPE_PERCPU_ARRAY);
PERCPU(hash, BPF_MAP_TYPE_PERCPU_HASH);
PERCPU(lru, BPF_MAP_TYPE_LRU_PERCPU_HASH);

SEC("raw_tracepoint/sys_enter")
int count(void *ctx)
{
	struct odd fresh = {.hits = 1};
	__u32 key = 3;
	struct odd *odd;

	odd = bpf_map_lookup_elem(&array, &key);
	if (odd)
		odd->hits++;
	odd = bpf_map_lookup_elem(&hash, &key);
	if (odd)
		odd->hits++;
	else
		bpf_map_update_elem(&hash, &key, &fresh, BPF_ANY);
	bpf_map_update_elem(&lru, &key, &fresh, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
