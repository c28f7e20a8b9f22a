// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: struct_ops: a TCP congestion control in .struct_ops and one in .struct_ops.link, data members, a missing callback
// libbpf: 1.5
#include "small.h"
#include <bpf/bpf_tracing.h>

struct sock {
	int sk_dummy;
} KERNEL_TYPE;

struct tcp_sock {
	__u32 snd_cwnd;
	__u32 snd_ssthresh;
} KERNEL_TYPE;

/* like the kernel's, with fewer members: matched by name */
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
	__u32 flags;
	char name[16];
};

__u64 inits;

SEC("struct_ops/tcp_ssthresh")
__u32 BPF_PROG(tcp_ssthresh, struct sock *sk)
{
	return 10;
}

SEC("struct_ops/tcp_undo")
__u32 BPF_PROG(tcp_undo, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd;
}

SEC("struct_ops")
void BPF_PROG(tcp_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops/tcp_init")
void BPF_PROG(tcp_init, struct sock *sk)
{
	inits++;
}

SEC(".struct_ops")
struct tcp_congestion_ops tsbpf_plain = {
	.ssthresh = (void *)tcp_ssthresh,
	.undo_cwnd = (void *)tcp_undo,
	.cong_avoid = (void *)tcp_avoid,
	.name = "tsbpf_plain",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops tsbpf_linked = {
	.ssthresh = (void *)tcp_ssthresh,
	.undo_cwnd = (void *)tcp_undo,
	.cong_avoid = (void *)tcp_avoid,
	.init = (void *)tcp_init,
	.name = "tsbpf_linked",
};

char LICENSE[] SEC("license") = "GPL";
