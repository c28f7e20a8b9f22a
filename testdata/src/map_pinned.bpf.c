// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: pinning by name, twice, beside an explicit LIBBPF_PIN_NONE (RULES 12, 13)
// pins: tsbpf_pinned_hash tsbpf_pinned_array
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u32);
} tsbpf_pinned_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} tsbpf_pinned_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(pinning, LIBBPF_PIN_NONE);
	__type(key, __u32);
	__type(value, __u64);
} not_pinned SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	__u32 key = 0;

	bpf_map_update_elem(&tsbpf_pinned_hash, &key, &key, BPF_ANY);
	return bpf_map_lookup_elem(&tsbpf_pinned_array, &key) || bpf_map_lookup_elem(&not_pinned, &key);
}

char LICENSE[] SEC("license") = "GPL";
