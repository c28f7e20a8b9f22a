// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE bitfields: read directly and through the copy helper, signed and unsigned, several widths (RULES 42)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

struct task_struct___bits {
	unsigned int sched_reset_on_fork : 1;
	unsigned int in_execve : 1;
	unsigned int policy;
	signed int on_rq;
} KERNEL_TYPE;

struct sk_buff {
	unsigned char cloned : 1;
	unsigned char pkt_type : 3;
	unsigned short queue_mapping;
} KERNEL_TYPE;

struct tcp_sock {
	unsigned char nonagle : 4;
	unsigned int packets_out;
} KERNEL_TYPE;

struct iphdr {
	unsigned char ihl : 4;
	unsigned char version : 4;
} KERNEL_TYPE;

__u64 out[8];

SEC("tp_btf/sched_process_exec")
int direct(unsigned long long *ctx)
{
	struct task_struct___bits *task = (void *)ctx[0];

	out[0] = BPF_CORE_READ_BITFIELD(task, sched_reset_on_fork);
	out[1] = BPF_CORE_READ_BITFIELD(task, in_execve);
	/* not bitfields, by the same macro */
	out[2] = BPF_CORE_READ_BITFIELD(task, policy);
	return 0;
}

SEC("raw_tracepoint/sys_enter")
int probed(void *ctx)
{
	struct task_struct___bits *task = (void *)bpf_get_current_task();
	struct sk_buff *skb = (void *)task;
	struct tcp_sock *tcp = (void *)task;
	struct iphdr *ip = (void *)task;

	out[3] = BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork);
	out[4] = BPF_CORE_READ_BITFIELD_PROBED(task, on_rq);
	out[5] = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type) + BPF_CORE_READ_BITFIELD_PROBED(skb, cloned);
	out[6] = BPF_CORE_READ_BITFIELD_PROBED(tcp, nonagle);
	out[7] = BPF_CORE_READ_BITFIELD_PROBED(ip, version) + BPF_CORE_READ_BITFIELD_PROBED(skb, queue_mapping);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
