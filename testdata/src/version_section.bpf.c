// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: the version section, which kprobe programs needed before Linux 5.0 (RULES 2, 26)
// endian: little big
#include "small.h"

SEC("kprobe/do_nanosleep")
int use(void *ctx)
{
	return 0;
}

__u32 VERSION SEC("version") = KERNEL_VERSION(6, 1, 300);
char LICENSE[] SEC("license") = "GPL";
