// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: queue, stack, LPM trie, stack trace, cgroup array, LRU hash: maps with rules of their own for BTF ids (RULES 15)
// endian: little big
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 10);
	__type(value, __u32);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 10);
	__uint(value_size, 4);
} stack SEC(".maps");

struct lpm_key {
	__u32 prefix_length;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 32);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct lpm_key);
	__type(value, __u32);
} routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 128);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 20 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, struct lpm_key);
} recent SEC(".maps");

SEC("raw_tracepoint/sys_enter")
int touch(void *ctx)
{
	struct lpm_key key = {.prefix_length = 32, .address = {127, 0, 0, 1}};
	__u64 now = bpf_ktime_get_ns();
	__u32 word = now;

	bpf_map_push_elem(&queue, &word, BPF_ANY);
	bpf_map_push_elem(&stack, &word, BPF_ANY);
	bpf_map_pop_elem(&stack, &word);
	bpf_map_peek_elem(&queue, &word);
	bpf_map_lookup_elem(&routes, &key);
	bpf_map_update_elem(&recent, &now, &key, BPF_ANY);
	bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	bpf_current_task_under_cgroup(&cgroups, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
