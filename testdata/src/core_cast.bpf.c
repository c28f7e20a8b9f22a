// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: bpf_core_cast: a type id of the kernel passed to a kernel function; direct loads afterwards
#include "small.h"
#include <bpf/bpf_core_read.h>

__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = bpf_core_cast((void *)bpf_get_current_task(), struct task_struct);

	out = task->real_parent->tgid;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
