// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: fields and types that the kernel lacks, behind guards: the poisoned instructions are dead code, the object loads (RULES 40)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

struct task_struct___future {
	int tgid;
	struct tsbpf_future {
		int depth;
		long member;
	} *tsbpf_future_member;
	unsigned int tsbpf_bits : 3;
} KERNEL_TYPE;

struct tsbpf_no_such_struct {
	int value;
} KERNEL_TYPE;

__u64 out[4];

SEC("tp_btf/sched_process_exec")
int use(unsigned long long *ctx)
{
	struct task_struct___future *task = (void *)ctx[0];
	struct tsbpf_no_such_struct *none = (void *)ctx[1];

	out[0] = task->tgid;
	if (bpf_core_field_exists(task->tsbpf_future_member))
		out[1] = task->tsbpf_future_member->member;
	if (bpf_core_field_exists(task->tsbpf_bits))
		out[2] = BPF_CORE_READ_BITFIELD(task, tsbpf_bits);
	if (bpf_core_type_exists(struct tsbpf_no_such_struct))
		out[3] = none->value;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
