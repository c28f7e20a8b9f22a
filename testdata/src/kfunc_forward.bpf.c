// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a strong kernel function whose result is only declared forward here: incompatible with the kernel's struct (RULES 28)
// host-load: refused: EINVAL, func_proto of bpf_cpumask_create is incompatible
#include "small.h"

struct bpf_cpumask;
extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *cpumask) __ksym;

SEC("tp_btf/sched_process_exec")
int use(unsigned long long *ctx)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();

	if (mask)
		bpf_cpumask_release(mask);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
