// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a field that the kernel lacks, not guarded: the instruction is poisoned and the error names the relocation (RULES 40)
// host-load: refused: EINVAL from the verifier at the poisoned instruction, CO-RE field task_struct.tsbpf_future_member
#include "small.h"
#include <bpf/bpf_core_read.h>

struct task_struct___future {
	int tgid;
	int tsbpf_future_member;
} KERNEL_TYPE;

__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	struct task_struct___future *task = (void *)bpf_get_current_task();

	out = BPF_CORE_READ(task, tgid);
	out += BPF_CORE_READ(task, tsbpf_future_member);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
