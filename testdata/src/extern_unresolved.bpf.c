// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: an extern function outside .ksyms, to be resolved by a linker that never ran
// host-load: refused: the extern has no section
#include "small.h"

extern int defined_elsewhere(int x);

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	return defined_elsewhere(1);
}

char LICENSE[] SEC("license") = "GPL";
