// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a strong kconfig extern that the kernel does not have is an error that names it (RULES 25)
// host-load: refused: ESRCH, CONFIG_NO_SUCH_OPTION is not set
#include "small.h"

extern int CONFIG_NO_SUCH_OPTION __kconfig;
__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = CONFIG_NO_SUCH_OPTION;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
