// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: function pointers to static subprograms (ld_imm64 with src_reg 4): bpf_loop, bpf_for_each_map_elem, nested callbacks
// endian: little big
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct sum {
	__u64 total;
	__u32 rounds;
};

__u64 out;

static int add_one(__u64 index, struct sum *sum)
{
	sum->total += index;
	return 0;
}

static int add_element(void *map, __u32 *key, __u64 *value, struct sum *sum)
{
	sum->total += *value;
	bpf_loop(2, add_one, sum, 0);
	return 0;
}

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	struct sum sum = {};

	bpf_loop(10, add_one, &sum, 0);
	bpf_for_each_map_elem(&numbers, add_element, &sum, 0);
	out = sum.total;
	return 0;
}

SEC("socket")
int use_again(void *ctx)
{
	struct sum sum = {};

	bpf_for_each_map_elem(&numbers, add_element, &sum, 0);
	out = sum.total;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
