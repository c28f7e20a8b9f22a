// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a strong kernel symbol that does not exist is an error that names it
// host-load: refused: ESRCH, no kernel symbol tsbpf_no_such_symbol
#include "small.h"

extern const void tsbpf_no_such_symbol __ksym;
__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = (__u64)&tsbpf_no_such_symbol;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
