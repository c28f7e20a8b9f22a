// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a LINUX_ extern that no loader provides must be weak (RULES 25)
// host-load: refused: EINVAL, LINUX_NOT_KNOWN_YET
#include "small.h"

extern int LINUX_NOT_KNOWN_YET __kconfig;
__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = LINUX_NOT_KNOWN_YET;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
