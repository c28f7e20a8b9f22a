// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: attaching to many functions with one link, and to entry and return with one program
// libbpf: 1.5
#include "small.h"

/* 0: every process counts. */
const volatile __u32 tgid;

__u64 hits;
__u64 cookies;
__u64 returns;
__u64 visits;

static __always_inline int counts(void)
{
	return tgid == 0 || bpf_get_current_pid_tgid() >> 32 == tgid;
}

static __always_inline int entered(void *ctx)
{
	if (counts()) {
		__sync_fetch_and_add(&hits, 1);
		__sync_fetch_and_add(&cookies, bpf_get_attach_cookie(ctx));
	}
	return 0;
}

static __always_inline int returned(void)
{
	if (counts())
		__sync_fetch_and_add(&returns, 1);
	return 0;
}

static __always_inline int visited(void)
{
	if (counts())
		__sync_fetch_and_add(&visits, 1);
	return 0;
}

SEC("uprobe.multi")
int user_entry(void *ctx)
{
	return entered(ctx);
}

SEC("uretprobe.multi")
int user_return(void *ctx)
{
	return returned();
}

SEC("uprobe.session")
int user_session(void *ctx)
{
	return visited();
}

SEC("kprobe.multi")
int kernel_entry(void *ctx)
{
	return entered(ctx);
}

SEC("kretprobe.multi")
int kernel_return(void *ctx)
{
	return returned();
}

SEC("kprobe.session")
int kernel_session(void *ctx)
{
	return visited();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
