// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE field relocations: byte offset, size, existence, signedness, shifts, in instructions of all classes (RULES 43)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

struct mm_struct {
	unsigned long total_vm;
} KERNEL_TYPE;

struct task_struct___fields {
	int prio;
	int exit_code;
	unsigned int flags;
	unsigned long long start_time;
	struct mm_struct *mm;
	int no_such_member;
} KERNEL_TYPE;

__u64 out[16];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	struct task_struct___fields *task = (void *)bpf_get_current_task();

	out[0] = bpf_core_field_offset(struct task_struct___fields, prio);
	out[1] = bpf_core_field_offset(task->start_time);
	out[2] = bpf_core_field_size(task->start_time);
	out[3] = bpf_core_field_size(struct task_struct___fields, mm);
	out[4] = bpf_core_field_exists(task->mm);
	out[5] = bpf_core_field_exists(task->no_such_member);
	out[6] = bpf_core_field_exists(struct task_struct___fields, exit_code);
	out[7] = __builtin_preserve_field_info(task->prio, BPF_FIELD_SIGNED);
	out[8] = __builtin_preserve_field_info(task->flags, BPF_FIELD_SIGNED);
	out[9] = __builtin_preserve_field_info(task->flags, BPF_FIELD_LSHIFT_U64);
	out[10] = __builtin_preserve_field_info(task->flags, BPF_FIELD_RSHIFT_U64);
	out[11] = BPF_CORE_READ(task, mm, total_vm);
	out[12] = BPF_CORE_READ(task, start_time);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
