// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: values must be the last member of a definition (RULES 11)
// host-load: refused: EINVAL on opening, values is not last
#include "small.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	struct inner *values[1]; /* not [], so that C accepts it in the middle */
	__uint(map_flags, 0);
} outer SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	return bpf_map_lookup_elem(&outer, &(__u32){0}) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
