// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: an inner map definition cannot ask for pinning (RULES 12)
// host-load: refused: EINVAL on opening, inner def can't be pinned
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 1);
		__uint(pinning, LIBBPF_PIN_BY_NAME);
		__type(key, __u32);
		__type(value, __u32);
	});
} outer SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	return bpf_map_lookup_elem(&outer, &(__u32){0}) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
