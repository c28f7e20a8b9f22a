// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE access through nested and anonymous members, arrays, pointer chains; spec depth (RULES 41)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

struct upid {
	int nr;
} KERNEL_TYPE;

struct pid {
	unsigned int level;
	struct upid numbers[4];
} KERNEL_TYPE;

struct qstr {
	/* in the kernel these two are inside an anonymous union and struct */
	unsigned int len;
	const unsigned char *name;
} KERNEL_TYPE;

struct dentry {
	struct qstr d_name;
	struct dentry *d_parent;
} KERNEL_TYPE;

struct path {
	struct dentry *dentry;
} KERNEL_TYPE;

struct file {
	struct path f_path;
} KERNEL_TYPE;

struct mm_struct {
	struct {
		unsigned long start_stack;
		struct file *exe_file;
	};
} KERNEL_TYPE;

struct task_struct___nested {
	struct mm_struct *mm;
	struct pid *thread_pid;
	char comm[16];
	unsigned long long utime;
	struct {
		int tgid; /* not in an anonymous struct in the kernel */
	};
} KERNEL_TYPE;

__u64 out[8];
char name[32];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	struct task_struct___nested *task = (void *)bpf_get_current_task();
	char last;

	out[0] = BPF_CORE_READ(task, mm, exe_file, f_path.dentry, d_name.len);
	BPF_CORE_READ_STR_INTO(&name, task, mm, exe_file, f_path.dentry, d_parent, d_name.name);
	out[1] = BPF_CORE_READ(task, thread_pid, numbers[0].nr);
	out[2] = bpf_core_field_offset(struct pid, numbers[0].nr);
	out[3] = BPF_CORE_READ(task, tgid);
	bpf_core_read(&last, 1, &task->comm[15]);
	out[4] = last;
	out[5] = bpf_core_field_offset(struct task_struct___nested, comm[7]);
	out[6] = BPF_CORE_READ(task, mm, start_stack);
	out[7] = BPF_CORE_READ(task, utime);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
