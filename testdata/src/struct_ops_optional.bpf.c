// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: ?.struct_ops: map not created, and the program only it refers to not loaded (RULES 4); a flavoured type
// libbpf: 1.5
#include "small.h"
#include <bpf/bpf_tracing.h>

struct sock {
	int sk_dummy;
} KERNEL_TYPE;

struct tcp_congestion_ops___ours {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops")
__u32 BPF_PROG(shared, struct sock *sk)
{
	return 2;
}

SEC("struct_ops")
__u32 BPF_PROG(undo, struct sock *sk)
{
	return 4;
}

SEC("struct_ops")
void BPF_PROG(avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

/* only in the optional map; the loop would be refused */
SEC("struct_ops")
__u32 BPF_PROG(only_optional, struct sock *sk)
{
	for (;;)
		asm volatile("" ::: "memory");
	return 0;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops___ours tsbpf_created = {
	.ssthresh = (void *)shared,
	.undo_cwnd = (void *)undo,
	.cong_avoid = (void *)avoid,
	.name = "tsbpf_created",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops___ours tsbpf_optional = {
	.ssthresh = (void *)shared,
	.undo_cwnd = (void *)only_optional,
	.cong_avoid = (void *)avoid,
	.name = "tsbpf_optional",
};

char LICENSE[] SEC("license") = "GPL";
