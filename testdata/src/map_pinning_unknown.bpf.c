// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: pinning accepts 0 and 1 only (RULES 12)
// host-load: refused: EINVAL on opening, pinning 2
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, 2);
	__type(key, __u32);
	__type(value, __u32);
} map SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	return bpf_map_lookup_elem(&map, &(__u32){0}) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
