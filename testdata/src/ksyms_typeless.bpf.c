// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: kernel symbols without type (address from kallsyms), strong, weak and missing (RULES 27)
#include "small.h"

extern const void schedule __ksym;
extern const void vfs_read __ksym __weak;
extern const void tsbpf_no_such_symbol __ksym __weak;

__u64 address_of_schedule;
__u64 address_of_vfs_read;
__u64 address_of_nothing = 1;
_Bool nothing_exists = 1;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	address_of_schedule = (__u64)&schedule;
	address_of_vfs_read = (__u64)&vfs_read;
	address_of_nothing = (__u64)&tsbpf_no_such_symbol;
	nothing_exists = bpf_ksym_exists(&tsbpf_no_such_symbol);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
