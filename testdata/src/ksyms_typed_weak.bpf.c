// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: weak typed kernel variables that are not there: address 0, guarded code removed (RULES 28)
#include "small.h"

struct tsbpf_absent {
	int member;
};

extern const struct tsbpf_absent tsbpf_absent_variable __ksym __weak;
extern const int tsbpf_absent_number __ksym __weak;

__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = 1;
	if (bpf_ksym_exists(&tsbpf_absent_variable))
		out = tsbpf_absent_variable.member;
	if (bpf_ksym_exists(&tsbpf_absent_number))
		out += *(const int *)bpf_this_cpu_ptr(&tsbpf_absent_number);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
