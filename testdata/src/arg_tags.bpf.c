// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: argument tags of global subprograms: ctx (rewritten for kernels that do not know it), nonnull
#include "small.h"

struct pair {
	__u64 a;
	__u64 b;
};

__u64 out;

__noinline int with_context(void *ctx __arg_ctx, int extra)
{
	__u64 frames[2] = {};

	bpf_get_stack(ctx, frames, sizeof(frames), 0);
	return frames[0] + extra;
}

__noinline int with_pointer(struct pair *pair __arg_nonnull)
{
	return pair->a + pair->b;
}

SEC("raw_tracepoint/sys_enter")
int from_raw(void *ctx)
{
	struct pair pair = {1, bpf_ktime_get_ns()};

	out += with_context(ctx, 1) + with_pointer(&pair);
	return 0;
}

SEC("perf_event")
int from_perf(void *ctx)
{
	return with_context(ctx, 2) & 0;
}

SEC("kprobe")
int from_kprobe(void *ctx)
{
	return with_context(ctx, 3) & 0;
}

char LICENSE[] SEC("license") = "GPL";
