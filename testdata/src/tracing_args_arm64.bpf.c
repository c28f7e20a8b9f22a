// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: the register macros of our headers for arm64
// cflags: -U__TARGET_ARCH_x86 -D__TARGET_ARCH_arm64
// host-load: refused: EINVAL from the verifier, an x86 kernel has no struct user_pt_regs
#include "small.h"

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
} KERNEL_TYPE;
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
