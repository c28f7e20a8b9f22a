// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a kconfig extern of another type than the value: y into a string (RULES 25)
// host-load: refused: EINVAL, CONFIG_BPF_SYSCALL is y
#include "small.h"

extern const char CONFIG_BPF_SYSCALL[8] __kconfig;
__u64 out;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = CONFIG_BPF_SYSCALL[0];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
