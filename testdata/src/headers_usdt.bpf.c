// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: usdt.bpf.h: BPF_USDT with 0 and 12 arguments, their number, sizes and the cookie; RULES 57
// endian: little big
#include "integers.h"
#include "small.h"
#include <stdbool.h>

struct pt_regs {
	unsigned long di, si, dx, cx, r8, r9, r10, ax, bp, sp, ip;
} KERNEL_TYPE;
#define BPF_USDT_MAX_SPEC_CNT 16
#define BPF_USDT_MAX_IP_CNT 32
#define __VMLINUX_H__ /* the kernel's register names */
#include <bpf/usdt.bpf.h>

__u64 out[16];

SEC("usdt")
int BPF_USDT(twelve, int a, long b, void *c, char d, short e, int f, int g, int h, int i, int j, int k, int l)
{
	out[0] = a + b + (__u64)c + d + e + f + g + h + i + j + k + l;
	return 0;
}

SEC("usdt")
int BPF_USDT(none)
{
	long value;

	out[1] = bpf_usdt_arg_cnt(ctx);
	out[2] = bpf_usdt_cookie(ctx);
	out[3] = bpf_usdt_arg(ctx, 3, &value);
	out[4] = value;
	out[5] = bpf_usdt_arg(ctx, 99, &value);
	return 0;
}

SEC("usdt")
int sizes(struct pt_regs *ctx)
{
	out[6] = bpf_usdt_arg_size(ctx, 0);
	out[7] = bpf_usdt_arg_size(ctx, 11);
	out[8] = bpf_usdt_arg_size(ctx, 12);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
