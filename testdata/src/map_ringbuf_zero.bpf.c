// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a ring buffer without max_entries stays 0 and is refused by the kernel (RULES 14), unless the user sets it
// host-load: refused: EINVAL, max_entries is 0
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
} unsized SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	bpf_ringbuf_output(&unsized, &ctx->args[0], 8, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
