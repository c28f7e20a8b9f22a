// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a static map definition
// host-load: refused: EOPNOTSUPP on opening, unsupported linkage static
#include "small.h"

static struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} concealed SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	return bpf_map_lookup_elem(&concealed, &(__u32){0}) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
