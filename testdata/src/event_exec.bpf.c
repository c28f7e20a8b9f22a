// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: the shape of examples/trace_execve without vmlinux.h: perf buffer, CO-RE reads through the copy helper
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>
#include <bpf/tsbpf.h>

struct event {
	__u32 tgid;
	__u32 ppid;
	__u32 uid;
	__u64 timestamp_ns;
	char cookie[16];
	char comm[16];
	char pcomm[16];
	char fname[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf_map SEC(".maps");
EVENT_TYPE(perf_map, struct event);

SEC("tracepoint/syscalls/sys_enter_execve")
int trace_execve_enter(struct sys_enter *ctx)
{
	struct event event = {};
	struct task_struct *task = (void *)bpf_get_current_task();

	__builtin_memcpy(event.cookie, "trace_execve", sizeof("trace_execve"));
	event.timestamp_ns = bpf_ktime_get_ns();
	event.tgid = bpf_get_current_pid_tgid() >> 32;
	event.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	event.ppid = BPF_CORE_READ(task, real_parent, tgid);
	BPF_CORE_READ_STR_INTO(&event.pcomm, task, real_parent, comm);
	bpf_probe_read_user_str(event.fname, sizeof(event.fname), (const char *)ctx->args[0]);
	bpf_perf_event_output(ctx, &perf_map, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
