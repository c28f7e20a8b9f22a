// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: several kernel types of one name that disagree: an error (RULES 39)
// host-load: refused: EINVAL, two kernel structs syscall_tp_t of different size
#include "small.h"
#include <bpf/bpf_core_read.h>

/* the kernel has two: one for the entry, one for the exit of system calls */
struct syscall_tp_t {
	int syscall_nr;
} KERNEL_TYPE;

__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = bpf_core_type_size(struct syscall_tp_t);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
