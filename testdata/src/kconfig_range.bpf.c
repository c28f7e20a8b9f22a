// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a kconfig number too large for its extern is an error (RULES 25)
// host-load: refused: ERANGE, CONFIG_PHYSICAL_START does not fit into 8 bits
#include "small.h"

extern __u8 CONFIG_PHYSICAL_START __kconfig;
__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = CONFIG_PHYSICAL_START;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
