// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sends an event for every TCP connection that is opened: a kprobe on a function of the kernel. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include <bpf/tsbpf.h>

struct event {
	__u32 pid;
	__u16 port;
	__u8 address[4];
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");
EVENT_TYPE(events, struct event);

__u64 lost = 0;

/* BPF_KPROBE takes the function's arguments out of the registers: `tsbpf build --explain` shows how. */
SEC("kprobe/tcp_connect")
int BPF_KPROBE(on_connect, struct sock *sk)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u32 address = BPF_CORE_READ(sk, __sk_common.skc_daddr);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	__builtin_memcpy(event->address, &address, sizeof(event->address));
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
