// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two functions of ../umark: one that user space attaches to by its offset in the file, one by its section.
 * BPF_UPROBE reads arguments from the registers in which a C function gets them.
 *
 *     cc -O2 -I include -o /usr/local/bin/umark examples/umark/umark.c && umark &
 *     npx tsbpf run examples/uprobe_test/uprobe_test.bpf.c --attach user_probe1=uprobe:umark:func_uprobe1
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/tsbpf.h>

/* Where the section finds umark: a path, or a name on PATH. */
#ifndef UMARK
#define UMARK "umark"
#endif

struct event {
	__u32 pid;
	char comm[16];
	char function[16];
	__u64 x;
	__u64 y; /* 0 for func_uprobe1, which has one argument */
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

EVENT_TYPE(events, struct event);

/* Events that found the ring full. */
__u64 lost = 0;

static __always_inline int report(const char function[16], __u64 x, __u64 y)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	__builtin_memcpy(event->function, function, sizeof(event->function));
	event->x = x;
	event->y = y;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* No place: user space attaches it, where and as often as it likes. */
SEC("uprobe")
int BPF_UPROBE(user_probe1, __u64 x)
{
	const char function[16] = "func_uprobe1";

	return report(function, x, 0);
}

SEC("uprobe/" UMARK ":func_uprobe2")
int BPF_UPROBE(user_probe2, __u64 x, __u64 y)
{
	const char function[16] = "func_uprobe2";

	return report(function, x, y);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
