// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: many programs in one section: offsets, relocations and line info of each are its own
// endian: little big
#include "small.h"

__u64 trail;

static __noinline int note(__u64 bit)
{
	trail |= bit;
	return trail & 1;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int first(struct sys_enter *ctx)
{
	return note(1) + ctx->args[0];
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int second(struct sys_enter *ctx)
{
	trail += 2;
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int third(struct sys_enter *ctx)
{
	return note(4);
}

char LICENSE[] SEC("license") = "GPL";
