// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: every macro of bpf_core_read.h that clang 14 knows
// endian: little big
#include "integers.h"
#include "small.h"
#include <bpf/bpf_core_read.h>

struct mm_struct {
	unsigned long start_code;
} KERNEL_TYPE;

struct task_struct___more {
	int tgid;
	struct task_struct___more *real_parent;
	struct task_struct___more *group_leader;
	struct mm_struct *mm;
	char comm[16];
	unsigned int sched_reset_on_fork : 1;
	unsigned int policy;
} KERNEL_TYPE;

struct iphdr {
	__u8 ihl : 4;
	__u8 version : 4;
	__u8 tos;
} KERNEL_TYPE;

struct no_such_type {
	int no_such_field;
} KERNEL_TYPE;

enum bpf_map_type {
	BPF_MAP_TYPE_UNSPEC = 0,
	NO_SUCH_VALUE = 99,
};

/* not the kernel's: for the macros without relocations */
struct node {
	struct node *next;
	const char *name;
	char text[8];
	long value;
};

__u64 out[64];
char text[8][16];
struct iphdr header;

SEC("raw_tracepoint/sys_enter")
int chains(void *ctx)
{
	struct task_struct___more *task = (void *)bpf_get_current_task();
	const struct task_struct___more *constant = task;

	out[0] = BPF_CORE_READ(task, tgid);
	out[1] = BPF_CORE_READ(task, real_parent, tgid);
	out[2] = BPF_CORE_READ(constant, real_parent, group_leader, mm, start_code);
	out[3] = BPF_CORE_READ(task, real_parent, real_parent, real_parent, real_parent, real_parent, real_parent,
			       real_parent, real_parent, tgid);
	out[5] = BPF_CORE_READ_INTO(&out[6], task, real_parent, mm);
	out[7] = BPF_CORE_READ_STR_INTO(&text[0], task, comm);
	out[8] = BPF_CORE_READ_STR_INTO(&text[1], task, real_parent, group_leader, comm);
	out[9] = bpf_core_read(&out[10], sizeof(int), &task->tgid);
	out[11] = bpf_core_read_str(text[2], sizeof(text[2]), &task->comm);
	return 0;
}

SEC("raw_tracepoint/sys_exit")
int from_user(void *ctx)
{
	struct task_struct___more *task = (void *)bpf_get_current_task();

	out[12] = BPF_CORE_READ_USER(task, tgid);
	out[13] = BPF_CORE_READ_USER(task, real_parent, group_leader, tgid);
	out[14] = BPF_CORE_READ_USER_INTO(&out[15], task, real_parent, tgid);
	out[16] = BPF_CORE_READ_USER_STR_INTO(&text[3], task, real_parent, comm);
	out[17] = bpf_core_read_user(&out[18], sizeof(int), &task->tgid);
	out[19] = bpf_core_read_user_str(text[4], sizeof(text[4]), &task->comm);
	return 0;
}

SEC("raw_tracepoint/sched_switch")
int without_relocations(void *ctx)
{
	struct node *node = (void *)bpf_get_current_task();

	out[20] = BPF_PROBE_READ(node, value);
	out[21] = BPF_PROBE_READ(node, next, next, value);
	out[22] = BPF_PROBE_READ_USER(node, next, value);
	out[23] = BPF_PROBE_READ_INTO(&out[24], node, next, value);
	out[25] = BPF_PROBE_READ_USER_INTO(&out[26], node, next, value);
	out[27] = BPF_PROBE_READ_STR_INTO(&text[5], node, next, text);
	out[28] = BPF_PROBE_READ_USER_STR_INTO(&text[6], node, next, text);
	return 0;
}

SEC("raw_tracepoint/sched_process_fork")
int questions(void *ctx)
{
	struct task_struct___more *task = (void *)bpf_get_current_task();

	out[29] = bpf_core_field_exists(task->tgid);
	out[30] = bpf_core_field_exists(struct no_such_type, no_such_field);
	out[31] = bpf_core_field_size(task->comm);
	out[32] = bpf_core_field_size(struct task_struct___more, mm);
	out[33] = bpf_core_field_offset(task->comm);
	out[34] = bpf_core_field_offset(struct task_struct___more, comm);
	out[35] = bpf_core_type_exists(struct no_such_type);
	out[36] = bpf_core_type_exists(struct mm_struct);
	out[37] = bpf_core_type_size(struct mm_struct);
	out[38] = bpf_core_type_id_local(struct node) != 0;
	out[39] = bpf_core_type_id_kernel(struct mm_struct) != 0;
	out[40] = bpf_core_enum_value_exists(enum bpf_map_type, NO_SUCH_VALUE);
	out[41] = bpf_core_enum_value_exists(enum bpf_map_type, BPF_MAP_TYPE_UNSPEC);
	out[42] = bpf_core_enum_value(enum bpf_map_type, BPF_MAP_TYPE_UNSPEC);
	return 0;
}

SEC("raw_tracepoint/sched_process_exec")
int bitfields(void *ctx)
{
	struct task_struct___more *task = (void *)bpf_get_current_task();

	out[43] = BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork);
	out[44] = BPF_CORE_READ_BITFIELD_PROBED(task, policy);
	out[45] = BPF_CORE_READ_BITFIELD(&header, version);
	out[46] = BPF_CORE_READ_BITFIELD(&header, tos);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
