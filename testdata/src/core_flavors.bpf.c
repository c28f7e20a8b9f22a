// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE flavours: ___old and ___new of one kernel struct, two suffixes, guarded by field_exists (RULES 37)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

/* Linux before 5.14 */
struct task_struct___old {
	long state;
} KERNEL_TYPE;

/* Linux 5.14 and later */
struct task_struct___new {
	unsigned int __state;
} KERNEL_TYPE;

/* cut at the last ___ */
struct task_struct___two___parts {
	int tgid;
} KERNEL_TYPE;

/* no flavour: nothing before the underscores, or nothing after */
struct ___task_struct {
	int tgid;
} KERNEL_TYPE;

__u64 state;
__u64 exists;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	void *task = (void *)bpf_get_current_task();
	struct task_struct___new *new = task;
	struct task_struct___old *old = task;
	struct task_struct___two___parts *two = task;

	if (bpf_core_field_exists(new->__state))
		state = BPF_CORE_READ(new, __state);
	else
		state = BPF_CORE_READ(old, state);
	/* libbpf compares the local name with its own suffix cut once: task_struct___two is no kernel type */
	exists = bpf_core_type_exists(struct task_struct___two___parts);
	exists += bpf_core_field_exists(two->tgid);
	exists += bpf_core_type_exists(struct ___task_struct);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
