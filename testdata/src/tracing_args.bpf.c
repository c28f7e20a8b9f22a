// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: BPF_PROG, BPF_KPROBE, BPF_KRETPROBE, BPF_KSYSCALL, BPF_UPROBE of our headers, on registers declared here
#include "small.h"

struct pt_regs {
	unsigned long di, si, dx, cx, r8, r9, r10, ax, bp, sp, ip;
} KERNEL_TYPE;
#define __VMLINUX_H__ /* the kernel's register names */
#include <bpf/bpf_tracing.h>

__u64 out[8];

SEC("kprobe/do_nanosleep")
int BPF_KPROBE(entered, void *timer, int mode)
{
	out[0] = (__u64)timer + mode + PT_REGS_IP(ctx);
	return 0;
}

SEC("kretprobe/do_nanosleep")
int BPF_KRETPROBE(left, long result)
{
	out[1] = result + PT_REGS_SP(ctx);
	return 0;
}

SEC("ksyscall/kill")
int BPF_KSYSCALL(killing, int pid, int signal, long third, long fourth)
{
	out[2] = pid + signal + third + fourth;
	return 0;
}

SEC("uprobe")
int BPF_UPROBE(called, long a, long b, long c, long d, long e, long f)
{
	out[3] = a + b + c + d + e + f;
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, _Bool preempted, struct task_struct *previous, struct task_struct *next)
{
	out[4] = preempted + previous->tgid + next->tgid;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
