// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two static tracing points (USDT) of ../umark: one whose place user space says, one whose section does.
 * BPF_USDT finds each argument where the compiler of umark left it.
 *
 *     cc -O2 -I include -o /usr/local/bin/umark examples/umark/umark.c && umark &
 *     npx tsbpf run examples/usdt_test/usdt_test.bpf.c --attach usdt_probe1=usdt:umark:groupa:probe1
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>
#include <bpf/tsbpf.h>

/* Where the section finds umark: a path, or a name on PATH. */
#ifndef UMARK
#define UMARK "umark"
#endif

struct event {
	__u32 pid;
	char comm[16];
	char point[16];
	int x;
	int y; /* 0 for probe1, which has one argument */
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

EVENT_TYPE(events, struct event);

/* Events that found the ring full. */
__u64 lost = 0;

static __always_inline int report(const char point[16], int x, int y)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	__builtin_memcpy(event->point, point, sizeof(event->point));
	event->x = x;
	event->y = y;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* No place: user space attaches it, where and as often as it likes. */
SEC("usdt")
int BPF_USDT(usdt_probe1, int x)
{
	const char point[16] = "groupa:probe1";

	return report(point, x, 0);
}

SEC("usdt/" UMARK ":groupb:probe2")
int BPF_USDT(usdt_probe2, int x, int y)
{
	const char point[16] = "groupb:probe2";

	return report(point, x, y);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
