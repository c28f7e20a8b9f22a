// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: event type declared by the well-known unused pointer, const and not; a used pointer beside it is no declaration
#include "small.h"

struct record {
	__u32 pid;
	__u32 uid;
	char comm[16];
};

struct other {
	int x;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

const struct record *unused __attribute__((unused));
/* a real variable: instructions refer to it */
struct other *in_use;

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	struct record record = {};

	record.pid = bpf_get_current_pid_tgid() >> 32;
	record.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(record.comm, sizeof(record.comm));
	in_use = (void *)1;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &record, sizeof(record));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
