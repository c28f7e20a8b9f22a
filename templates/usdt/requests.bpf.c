// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads a probe that app/app.c has compiled in (USDT): a request's number and how long it took. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>
#include <bpf/tsbpf.h>

struct event {
	__u32 pid;
	__u32 request;
	__u32 microseconds;
	char path[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");
EVENT_TYPE(events, struct event);

__u64 lost = 0;

/* No place in SEC(): main.ts says which program, provider and probe. */
SEC("usdt")
int BPF_USDT(on_request, int request, const char *path, int microseconds)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->request = request;
	event->microseconds = microseconds;
	bpf_probe_read_user_str(event->path, sizeof(event->path), path);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
