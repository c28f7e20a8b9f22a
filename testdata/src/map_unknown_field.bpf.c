// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a field that no loader knows is an error, not ignored (RULES 11)
// host-load: refused: EINVAL on opening, unknown field 'colour'
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(colour, 7);
	__type(key, __u32);
	__type(value, __u32);
} painted SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	return bpf_map_lookup_elem(&painted, &(__u32){0}) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
