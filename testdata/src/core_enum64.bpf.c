// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE on 64-bit enums: local ENUM64 against kernel ENUM64, values that need ld_imm64 (RULES 38, 43)
// compilers: zig
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

enum perf_callchain_context {
	PERF_CONTEXT_HV = 0xffffffffffffffe0ull - 0,
	PERF_CONTEXT_KERNEL = 0xfffffffffffffff1ull,
	PERF_CONTEXT_MAX = 0xfffffffffffff001ull,
	PERF_CONTEXT_TSBPF_NONE = 0x123456789abcdefull,
};

__u64 out[4];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out[0] = bpf_core_enum_value(enum perf_callchain_context, PERF_CONTEXT_HV);
	out[1] = bpf_core_enum_value(enum perf_callchain_context, PERF_CONTEXT_KERNEL);
	out[2] = bpf_core_enum_value_exists(enum perf_callchain_context, PERF_CONTEXT_MAX);
	out[3] = bpf_core_enum_value_exists(enum perf_callchain_context, PERF_CONTEXT_TSBPF_NONE);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
