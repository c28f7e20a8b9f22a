// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a typed kernel variable declared with another type than the kernel's (RULES 28)
// host-load: refused: EINVAL, runqueues has another type
#include "small.h"

extern const int runqueues __ksym;
__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = *(const int *)bpf_this_cpu_ptr(&runqueues);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
