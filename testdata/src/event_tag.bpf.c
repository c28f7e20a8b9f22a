// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: event type declared by a declaration tag on the map itself: btf_decl_tag("event:NAME")
#include "small.h"

struct sample {
	__u64 at;
	__u32 number;
	__u16 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} samples __attribute__((btf_decl_tag("event:sample"))) SEC(".maps");

/* puts the struct into BTF: a global variable of the type */
struct sample last;

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	last.at = bpf_ktime_get_ns();
	last.number = ctx->args[0];
	bpf_ringbuf_output(&samples, &last, sizeof(last), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
