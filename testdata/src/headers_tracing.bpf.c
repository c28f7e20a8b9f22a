// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: every program macro of bpf_tracing.h and every PT_REGS macro of x86, on registers declared here
#include "integers.h"
#include "small.h"

struct pt_regs {
	unsigned long di, si, dx, cx, r8, r9, r10, ax, bp, sp, ip;
} KERNEL_TYPE;
#define __VMLINUX_H__ /* the kernel's register names */
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

struct pair {
	long first, second;
};
struct narrow {
	short first;
};

__u64 out[64];

SEC("kprobe/do_nanosleep")
int BPF_KPROBE(six, void *a, int b, long c, unsigned char d, const char *e, __u64 f)
{
	out[0] = (__u64)a + b + c + d + (__u64)e + f + (ctx != NULL);
	return 0;
}

SEC("kprobe/do_nanosleep")
int BPF_KPROBE(none)
{
	out[1] = PT_REGS_PARM1(ctx) + PT_REGS_PARM2(ctx) + PT_REGS_PARM3(ctx) + PT_REGS_PARM4(ctx) +
		 PT_REGS_PARM5(ctx) + PT_REGS_PARM6(ctx);
	out[2] = PT_REGS_RET(ctx) + PT_REGS_FP(ctx) + PT_REGS_RC(ctx) + PT_REGS_SP(ctx) + PT_REGS_IP(ctx);
	BPF_KPROBE_READ_RET_IP(out[3], ctx);
	return 0;
}

SEC("kprobe/do_nanosleep")
int copied(struct pt_regs *ctx)
{
	struct pt_regs *regs = PT_REGS_SYSCALL_REGS(ctx);

	out[4] = PT_REGS_PARM1_CORE(regs) + PT_REGS_PARM2_CORE(regs) + PT_REGS_PARM3_CORE(regs) +
		 PT_REGS_PARM4_CORE(regs) + PT_REGS_PARM5_CORE(regs) + PT_REGS_PARM6_CORE(regs);
	out[5] = PT_REGS_RET_CORE(regs) + PT_REGS_FP_CORE(regs) + PT_REGS_RC_CORE(regs) + PT_REGS_SP_CORE(regs) +
		 PT_REGS_IP_CORE(regs);
	out[6] = PT_REGS_PARM1_CORE_SYSCALL(regs) + PT_REGS_PARM2_CORE_SYSCALL(regs) +
		 PT_REGS_PARM3_CORE_SYSCALL(regs) + PT_REGS_PARM4_CORE_SYSCALL(regs) +
		 PT_REGS_PARM5_CORE_SYSCALL(regs) + PT_REGS_PARM6_CORE_SYSCALL(regs);
	out[7] = PT_REGS_PARM1_SYSCALL(ctx) + PT_REGS_PARM2_SYSCALL(ctx) + PT_REGS_PARM3_SYSCALL(ctx) +
		 PT_REGS_PARM4_SYSCALL(ctx) + PT_REGS_PARM5_SYSCALL(ctx) + PT_REGS_PARM6_SYSCALL(ctx);
	return 0;
}

SEC("kretprobe/do_nanosleep")
int BPF_KRETPROBE(result, long value)
{
	out[8] = value;
	BPF_KRETPROBE_READ_RET_IP(out[9], ctx);
	return 0;
}

SEC("kretprobe/do_nanosleep")
int BPF_KRETPROBE(no_result)
{
	out[10]++;
	return 0;
}

SEC("uprobe")
int BPF_UPROBE(entered, const char *text, int n)
{
	out[11] = (__u64)text + n;
	return 0;
}

SEC("uretprobe")
int BPF_URETPROBE(left, int n)
{
	out[12] = n;
	return 0;
}

SEC("ksyscall/mmap")
int BPF_KSYSCALL(mapping, void *address, unsigned long length, int protection, int flags, int fd, long offset)
{
	out[13] = (__u64)address + length + protection + flags + fd + offset;
	return 0;
}

SEC("ksyscall/close")
int BPF_KPROBE_SYSCALL(closing, unsigned int fd)
{
	out[14] = fd;
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, _Bool preempted, struct task_struct *previous, struct task_struct *next)
{
	out[15] = preempted + previous->tgid + next->tgid;
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(nothing_asked)
{
	out[16] = ctx[0];
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG2(switched_again, _Bool, preempted, struct task_struct *, previous, struct task_struct *, next)
{
	out[17] = preempted + previous->tgid + next->tgid;
	return 0;
}

SEC("raw_tracepoint/sys_enter")
int BPF_PROG2(by_value, struct pair, pair, char, letter, struct narrow, narrow, int, number)
{
	out[18] = pair.first + pair.second + letter + narrow.first + number;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
