// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: one unused pointer and two event maps: which one is meant cannot be known
#include "small.h"

struct record {
	__u32 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} first SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} second SEC(".maps");

struct record *unused __attribute__((unused));

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	struct record record = {.pid = 1};

	bpf_ringbuf_output(&first, &record, sizeof(record), 0);
	bpf_ringbuf_output(&second, &record, sizeof(record), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
