// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: the small macros of bpf_helpers.h: sections, attributes, tail calls, barriers, container_of, __ulong, tristate
#include "integers.h"
#include "small.h"

struct inner {
	int a, b;
};
struct outer {
	long before;
	struct inner inner;
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} jumps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KERNEL_VERSION(0, 0, 300));
	__type(key, __u32);
	__type(value, struct outer);
} outers SEC(".maps");

extern enum libbpf_tristate CONFIG_BPF_SYSCALL __kconfig;
extern unsigned long CONFIG_HZ __kconfig __weak;

__u64 out[8];
long only_here __hidden = 5;

static __noinline long not_inlined(long n)
{
	return n * out[0];
}

__weak int replaced(int n)
{
	return n + out[1];
}

__hidden int hidden(struct outer *outer)
{
	return outer ? outer->inner.b : 0;
}

SEC("socket")
int use(void *ctx)
{
	__u32 key = 0;
	struct outer *outer = bpf_map_lookup_elem(&outers, &key);
	struct inner *inner;
	long n = only_here;

	if (unlikely(outer == NULL))
		return 0;
	inner = &outer->inner;
	barrier_var(inner);
	out[2] = container_of(inner, struct outer, inner)->before + offsetof(struct outer, inner.b);
	barrier();
	barrier_var(n);
	if (likely(n > 3))
		out[3] = not_inlined(n) + replaced(n) + hidden(outer);
	out[4] = CONFIG_BPF_SYSCALL == TRI_YES;
	out[5] = CONFIG_HZ;
	switch (n & 1) {
	case 0: out[6] = 1; break;
	case 1: out[6] = 2; break;
	default: __bpf_unreachable();
	}
	bpf_tail_call_static(ctx, &jumps, 2);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
