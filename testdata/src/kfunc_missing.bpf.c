// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a strong kernel function that does not exist is an error that names it
// host-load: refused: ESRCH or EINVAL, no kernel function bpf_tsbpf_no_such_function
#include "small.h"

extern int bpf_tsbpf_no_such_function(int a) __ksym;

SEC("tp_btf/sched_process_exec")
int use(unsigned long long *ctx)
{
	return bpf_tsbpf_no_such_function(1);
}

char LICENSE[] SEC("license") = "GPL";
