// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: typed kernel variables through BTF, per-CPU ones, strong (RULES 28, 29)
// host-load: refused: this host's kernel has no KALLSYMS_ALL, which data symbols need
#include "small.h"

struct rq {
	unsigned int nr_running;
} KERNEL_TYPE;

extern const struct rq runqueues __ksym;
extern const int cpu_number __ksym __weak;

__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	const struct rq *queue = bpf_per_cpu_ptr(&runqueues, 0);

	if (queue)
		out = queue->nr_running;
	if (bpf_ksym_exists(&cpu_number))
		out += *(const int *)bpf_this_cpu_ptr(&cpu_number);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
