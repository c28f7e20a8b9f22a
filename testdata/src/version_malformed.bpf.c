// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a version section of eight bytes is refused (RULES 2)
// host-load: refused: EINVAL on opening, version is not 4 bytes
#include "small.h"

SEC("kprobe/do_nanosleep")
int use(void *ctx)
{
	return 0;
}

__u64 VERSION SEC("version") = 1;
char LICENSE[] SEC("license") = "GPL";
