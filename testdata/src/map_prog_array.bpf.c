// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: prog array with static slots, filled after the programs are loaded (RULES 17); tail calls fixed and computed
#include "small.h"

int last(void *ctx);
int middle(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = {[1] = (void *)&middle, [3] = (void *)&last},
};

/* an ordinary one, to be filled by user space */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} plain SEC(".maps");

__u64 reached;

SEC("socket")
int last(void *ctx)
{
	reached |= 4;
	return 0;
}

SEC("socket")
int middle(void *ctx)
{
	reached |= 2;
	bpf_tail_call(ctx, &jumps, 3);
	return 0;
}

SEC("socket")
int entry(void *ctx)
{
	reached |= 1;
	bpf_tail_call_static(ctx, &jumps, 1);
	bpf_tail_call(ctx, &plain, reached & 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
