// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: kernel functions: strong, weak and there, weak and missing, weak and of another type, with a flavour (RULES 28, 29)
// libbpf: 1.5
#include "small.h"

/* a definition: a forward declaration would not be compatible with the kernel's struct */
struct bpf_cpumask {
	int usage_dummy;
} KERNEL_TYPE;

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;
/* the flavour is cut off: this is bpf_rcu_read_lock */
extern void bpf_rcu_read_lock___ours(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym;
extern int bpf_tsbpf_no_such_function(int a) __ksym __weak;
/* exists with one pointer argument: does not match, counts as missing */
extern int bpf_cpumask_first___wrong(int a, int b, int c) __ksym __weak;

__u64 out;

SEC("tp_btf/sched_process_exec")
int use(unsigned long long *ctx)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();
	struct task_struct *task;

	if (!mask)
		return 0;
	bpf_cpumask_set_cpu(0, mask);
	bpf_cpumask_release(mask);

	if (bpf_ksym_exists(bpf_tsbpf_no_such_function))
		out += bpf_tsbpf_no_such_function(1);
	if (bpf_ksym_exists(bpf_cpumask_first___wrong))
		out += bpf_cpumask_first___wrong(1, 2, 3);
	if (bpf_ksym_exists(bpf_rcu_read_lock___ours)) {
		bpf_rcu_read_lock___ours();
		bpf_rcu_read_unlock();
	}
	if (bpf_ksym_exists(bpf_task_from_pid)) {
		task = bpf_task_from_pid(1);
		if (task) {
			out += task->tgid;
			bpf_task_release(task);
		}
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
