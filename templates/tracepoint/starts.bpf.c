// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counts how often each program starts another one: a tracepoint and a map that user space reads. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct program {
	char comm[16];
};

/* Keys and values have types: in TypeScript they are objects and numbers, not bytes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct program);
	__type(value, __u32);
} starts SEC(".maps");

/* The section says where it goes: see /sys/kernel/tracing/events, or `tsbpf list tracepoint`. */
SEC("tracepoint/sched/sched_process_fork")
int count_start(void *ctx)
{
	struct program key = {};
	__u32 one = 1, *count;

	bpf_get_current_comm(key.comm, sizeof(key.comm));
	count = bpf_map_lookup_elem(&starts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&starts, &key, &one, BPF_NOEXIST);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
