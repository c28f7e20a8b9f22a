// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: perf event arrays: max_entries 0 and absent become the number of possible CPUs (RULES 14), a set one stays
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
	__uint(max_entries, 0);
} zero SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, int);
	__type(value, int);
} absent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__uint(max_entries, 1);
} one SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	__u64 data[3] = {ctx->args[0], bpf_ktime_get_ns(), 3};

	bpf_perf_event_output(ctx, &zero, BPF_F_CURRENT_CPU, data, sizeof(data));
	bpf_perf_event_output(ctx, &absent, BPF_F_CURRENT_CPU, data, 12);
	bpf_perf_event_output(ctx, &one, 0, data, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
