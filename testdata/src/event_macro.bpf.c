// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: event types declared by EVENT_TYPE for two maps, one perf, one ring buffer
// endian: little big
#include "small.h"
#include <bpf/tsbpf.h>

struct opened {
	__u32 pid;
	char path[24];
};

struct closed {
	__u32 pid;
	__s32 result;
	__u64 at;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} opens SEC(".maps");
EVENT_TYPE(opens, struct opened);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} closes SEC(".maps");
EVENT_TYPE(closes, struct closed);

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	struct closed closed = {.pid = ctx->args[0], .result = -1, .at = bpf_ktime_get_ns()};
	struct opened opened = {.pid = ctx->args[0], .path = "/etc/passwd"};

	bpf_ringbuf_output(&opens, &opened, sizeof(opened), 0);
	bpf_perf_event_output(ctx, &closes, BPF_F_CURRENT_CPU, &closed, sizeof(closed));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
