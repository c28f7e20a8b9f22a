// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: attaching to functions of the kernel and of programs, one place at a time: arguments, results, cookies
#include "small.h"

struct pt_regs {
	unsigned long di, si, dx, cx, r8, r9, r10, ax, bp, sp, ip;
} KERNEL_TYPE;
#define __VMLINUX_H__ /* the kernel's register names */
#include <bpf/bpf_tracing.h>

/* 0: every process counts. */
const volatile __u32 tgid;

__u64 hits;
__u64 first;
__u64 second;
__u64 cookie;
__u64 returns;
__s64 result;

static __always_inline int counts(void)
{
	return tgid == 0 || bpf_get_current_pid_tgid() >> 32 == tgid;
}

static __always_inline int entered(struct pt_regs *ctx, __u64 a, __u64 b)
{
	if (!counts())
		return 0;
	__sync_fetch_and_add(&hits, 1);
	__sync_fetch_and_add(&first, a);
	__sync_fetch_and_add(&second, b);
	return 0;
}

SEC("uprobe")
int BPF_UPROBE(user_entry, int a, int b)
{
	cookie = bpf_get_attach_cookie(ctx);
	return entered(ctx, a, b);
}

SEC("uretprobe")
int BPF_URETPROBE(user_return, int value)
{
	if (counts()) {
		__sync_fetch_and_add(&returns, 1);
		__sync_fetch_and_add(&result, value);
	}
	return 0;
}

SEC("uprobe.s")
int BPF_UPROBE(user_sleepable, int a, int b)
{
	return entered(ctx, a, b);
}

SEC("kprobe")
int BPF_KPROBE(kernel_entry, __u64 a, __u64 b)
{
	if (counts())
		cookie = bpf_get_attach_cookie(ctx);
	return entered(ctx, 0, 0);
}

SEC("kretprobe")
int BPF_KRETPROBE(kernel_return, long value)
{
	if (counts()) {
		__sync_fetch_and_add(&returns, 1);
		result = value;
	}
	return 0;
}

SEC("ksyscall")
int BPF_KSYSCALL(call_entry, int pid, int signal)
{
	return entered((struct pt_regs *)ctx, pid, signal);
}

SEC("kretsyscall")
int BPF_KRETPROBE(call_return, long value)
{
	if (counts()) {
		__sync_fetch_and_add(&returns, 1);
		result = value;
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
