// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: dynptr over a ring buffer record, reserved with a size known at run time only
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	__u32 size = 8 + (ctx->args[0] & 0xff);
	__u64 now = bpf_ktime_get_ns();
	struct bpf_dynptr dynptr;

	if (bpf_ringbuf_reserve_dynptr(&records, size, 0, &dynptr)) {
		bpf_ringbuf_discard_dynptr(&dynptr, 0);
		return 0;
	}
	bpf_dynptr_write(&dynptr, 0, &now, sizeof(now), 0);
	bpf_ringbuf_submit_dynptr(&dynptr, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
