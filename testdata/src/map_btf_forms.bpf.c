// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: BTF-defined maps: key and value as types, as sizes, and as both at once; typedefs, const, named structs
// endian: little big
#include "small.h"

struct key {
	__u32 a;
	__u16 b;
	__u16 c;
};

struct value {
	__u64 count;
	char name[12];
};

/* types only */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct key);
	__type(value, struct value);
} by_type SEC(".maps");

/* sizes only: no BTF ids */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(key_size, 8);
	__uint(value_size, 24);
} by_size SEC(".maps");

/* both, equal (RULES 11), and the members in an unusual order */
struct {
	__type(value, struct value);
	__uint(value_size, sizeof(struct value));
	__uint(key_size, sizeof(struct key));
	__type(key, struct key);
	__uint(max_entries, 16);
	__uint(type, BPF_MAP_TYPE_HASH);
} by_both SEC(".maps");

/* a definition with a name of its own, used twice, once through a typedef */
struct counters {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
};
typedef struct counters counters_t;
struct counters first SEC(".maps");
counters_t second SEC(".maps");

SEC("socket")
int touch(void *ctx)
{
	struct key key = {};
	__u32 zero = 0;
	struct value *value;
	__u64 *count;

	value = bpf_map_lookup_elem(&by_type, &key);
	if (value)
		value->count++;
	value = bpf_map_lookup_elem(&by_both, &key);
	if (value)
		value->count++;
	bpf_map_delete_elem(&by_size, &key);
	count = bpf_map_lookup_elem(&first, &zero);
	if (count)
		*count += 1;
	count = bpf_map_lookup_elem(&second, &zero);
	if (count)
		*count += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
