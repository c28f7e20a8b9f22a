// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: USDT: whatever arguments a point has, with the errors of reading them; RULES 57, 58, 60
// libbpf: 1.3
#include "integers.h"
#include "small.h"
#include <stdbool.h>

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip;
} KERNEL_TYPE;
#define __VMLINUX_H__ /* the kernel's register names */
#define BPF_USDT_MAX_SPEC_CNT 32
#include <bpf/usdt.bpf.h>

const volatile __u32 only_tgid = 0;
__u64 hits = 0;
/* of the last point that fired */
struct {
	__s64 values[12];
	/* 0, or the negative errno of bpf_usdt_arg */
	__s32 errors[12];
	__s64 cookie;
	__s32 count;
} last = {};
/* of all points */
__s64 sums[12] = {};

static __always_inline int look(struct pt_regs *ctx)
{
	__s64 value;
	int i;

	if (only_tgid != 0 && bpf_get_current_pid_tgid() >> 32 != only_tgid)
		return 0;
	__sync_fetch_and_add(&hits, 1);
	last.count = bpf_usdt_arg_cnt(ctx);
	last.cookie = bpf_usdt_cookie(ctx);
#pragma unroll
	for (i = 0; i < 12; i++) {
		value = 0;
		last.errors[i] = bpf_usdt_arg(ctx, i, (long *)&value);
		last.values[i] = value;
		__sync_fetch_and_add(&sums[i], value);
	}
	return 0;
}

SEC("usdt")
int any(struct pt_regs *ctx)
{
	return look(ctx);
}

SEC("usdt.s")
int sleepable(struct pt_regs *ctx)
{
	return look(ctx);
}

/* A program that is loaded for single uprobes on every kernel. */
SEC("uprobe")
int plain(struct pt_regs *ctx)
{
	return look(ctx);
}

SEC("usdt/umark:groupb:probe2")
int BPF_USDT(by_section, int x, int y)
{
	sums[0] += x;
	sums[1] += y;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
