// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reports every execve() on this machine: who called it, whose child that is, which file it wants.
 *
 * Run it:  npx tsbpf run examples/trace_execve/trace_execve.bpf.c
 *
 * The function below runs inside the kernel each time any process enters the execve system call. It
 * fills one struct event and sends it to user space through a perf buffer.
 */
#include "vmlinux.h" /* every type of the running kernel; tsbpf prints it from the kernel's own BTF */
#include <bpf/bpf_helpers.h>
#include <bpf/tsbpf.h>

/* What user space receives. The names here are the names in the JSON output. */
struct event {
	__u32 tgid;	     /* process id, which the kernel calls thread group id */
	__u32 ppid;	     /* process id of the parent */
	__u32 uid;	     /* user id */
	__u64 timestamp_ns;  /* nanoseconds since boot, without time spent suspended */
	char cookie[16];     /* what kind of event this is: always "trace_execve" */
	char comm[16];	     /* name of the calling thread, before the exec replaces it */
	char pcomm[16];	     /* name of the parent */
	char fname[256];     /* the file to be executed, as given to execve */
};

/*
 * A perf buffer: one ring per CPU. Without max_entries the loader makes room for every possible CPU;
 * keys and values are a CPU number and a file descriptor, filled in by the reader.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf_map SEC(".maps");

/* Tells tsbpf how to decode what arrives. Other loaders ignore this line. */
EVENT_TYPE(perf_map, struct event);

/*
 * The section name is the place to attach to: tracepoint sys_enter_execve of category syscalls.
 * ctx holds the arguments of the system call; /sys/kernel/tracing/events/syscalls/sys_enter_execve/format
 * lists them: args[0] is the file name.
 */
SEC("tracepoint/syscalls/sys_enter_execve")
int trace_execve_enter(struct trace_event_raw_sys_enter *ctx)
{
	/*
	 * On the stack, which has 512 bytes. `= {}` clears the four bytes of padding before timestamp_ns
	 * too: what is sent must not carry old kernel stack.
	 */
	struct event event = {};
	struct task_struct *task;
	struct task_struct *parent;

	__builtin_memcpy(event.cookie, "trace_execve", sizeof("trace_execve"));
	event.timestamp_ns = bpf_ktime_get_ns();

	/* Two ids in one word each: process id above thread id, group id above user id. */
	event.tgid = bpf_get_current_pid_tgid() >> 32;
	event.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(event.comm, sizeof(event.comm));

	/*
	 * A BPF program must not follow arbitrary kernel pointers; it asks a helper to copy from them.
	 * tgid, not pid: `pid` of a task is its thread id, and the parent may be any thread.
	 */
	task = (struct task_struct *)bpf_get_current_task();
	bpf_probe_read_kernel(&parent, sizeof(parent), &task->real_parent);
	bpf_probe_read_kernel(&event.ppid, sizeof(event.ppid), &parent->tgid);
	bpf_probe_read_kernel_str(event.pcomm, sizeof(event.pcomm), &parent->comm);

	/*
	 * The file name lies in the memory of the process, hence the _user helper: the _kernel one refuses
	 * such addresses and would leave fname empty. It stays empty only when the page with the name is
	 * not in memory, because nothing may wait for the disk here.
	 */
	bpf_probe_read_user_str(event.fname, sizeof(event.fname), (const char *)ctx->args[0]);

	bpf_perf_event_output(ctx, &perf_map, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

/* Most helpers above are for programs under a GPL-compatible licence only. */
char LICENSE[] SEC("license") = "Dual BSD/GPL";
