// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE on direct loads whose field has another width or kind in the kernel: resized or poisoned (RULES 43)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

struct task_struct___wide {
	unsigned long flags; /* 4 bytes, unsigned, in the kernel: the load is narrowed */
	unsigned short policy; /* 4 bytes, unsigned: widened */
	struct task_struct *real_parent; /* pointer to pointer */
	long exit_code; /* signed: cannot be resized, poisoned */
} KERNEL_TYPE;

__u64 out[4];

SEC("tp_btf/sched_process_exec")
int use(unsigned long long *ctx)
{
	struct task_struct___wide *task = (void *)ctx[0];

	out[0] = task->flags;
	out[1] = task->policy;
	out[2] = task->real_parent->tgid;
	if (out[0] == 0 && bpf_core_field_size(task->exit_code) == 8)
		out[3] = task->exit_code;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
