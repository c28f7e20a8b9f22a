// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sends an event for every host name that a process looks up: a uprobe on a function of the C library. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/tsbpf.h>

struct event {
	__u32 pid;
	char comm[16];
	char host[128];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");
EVENT_TYPE(events, struct event);

__u64 lost = 0;

/* No place in SEC(): main.ts says which library and which function. */
SEC("uprobe")
int BPF_UPROBE(on_lookup, const char *host)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	/* A pointer of user space, read as one; a null pointer leaves an empty text. */
	bpf_probe_read_user_str(event->host, sizeof(event->host), host);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
