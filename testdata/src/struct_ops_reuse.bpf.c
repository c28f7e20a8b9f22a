// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: one struct_ops program in two members of a map: each member needs a program of its own
// libbpf: 1.5
// host-load: refused: EINVAL, program shared is used for two members
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
void BPF_PROG(avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC(".struct_ops.link")
struct tcp_congestion_ops___ours tsbpf_reuse = {
	.ssthresh = (void *)shared,
	.undo_cwnd = (void *)shared,
	.cong_avoid = (void *)avoid,
	.name = "tsbpf_reuse",
};

char LICENSE[] SEC("license") = "GPL";
