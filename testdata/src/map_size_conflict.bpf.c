// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: key_size that differs from the key type is an error (RULES 11)
// host-load: refused: EINVAL on opening, key_size 8 but the key type has 4 bytes
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__uint(key_size, 8);
	__type(value, __u32);
} conflicting SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	return bpf_map_lookup_elem(&conflicting, &(__u64){0}) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
