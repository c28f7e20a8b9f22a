// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same as ../trace_execve, in the way of newer kernels (Linux 5.8): one ring buffer for all CPUs,
 * which keeps events in order, and CO-RE reads, which look the kernel's structs up when the program
 * is loaded, so that one compiled object runs on other kernels too.
 *
 * Run it:  npx tsbpf run examples/trace_execve_ringbuf/trace_execve_ringbuf.bpf.c
 *          … --set only_uid=1000     only what this user executes
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
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

/* 256 KiB hold some 770 events of 336 bytes (8 of them a header) before the reader has to catch up. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

EVENT_TYPE(events, struct event);

/*
 * A constant for the program, a setting for the user: it is given its value before the program is
 * loaded, and the verifier then removes what can never run. `volatile` keeps the compiler from doing
 * so too early. 4294967295 is no user's id and means all of them.
 */
const volatile __u32 only_uid = -1;

/* Events that found the ring full. User space reads it while the program runs. */
__u64 lost = 0;

SEC("tracepoint/syscalls/sys_enter_execve")
int trace_execve_enter(struct trace_event_raw_sys_enter *ctx)
{
	__u32 uid = bpf_get_current_uid_gid();
	struct task_struct *task;
	struct event *event;

	if (only_uid != -1u && uid != only_uid)
		return 0;

	/*
	 * Takes the room in the ring first and fills it in place: no stack needed, nothing copied twice.
	 * From here on every path has to submit or discard; the verifier checks that.
	 */
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost, 1); /* atomic: this runs on all CPUs at once */
		return 0;
	}

	/* The ring hands out old memory, padding and string tails included: start from zeros. */
	__builtin_memset(event, 0, sizeof(*event));
	__builtin_memcpy(event->cookie, "trace_execve", sizeof("trace_execve"));
	event->timestamp_ns = bpf_ktime_get_ns();
	event->tgid = bpf_get_current_pid_tgid() >> 32;
	event->uid = uid;
	bpf_get_current_comm(event->comm, sizeof(event->comm));

	/* task->real_parent->tgid, each step a safe read whose offset the loader corrects. */
	task = (struct task_struct *)bpf_get_current_task();
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	BPF_CORE_READ_STR_INTO(&event->pcomm, task, real_parent, comm);

	/* A user-space pointer: see ../trace_execve. */
	bpf_probe_read_user_str(event->fname, sizeof(event->fname), (const char *)ctx->args[0]);

	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
