// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a static function in a program section is refused (RULES 3)
// host-load: refused: ENOTSUP on opening, the entry function is static
#include "small.h"

SEC("socket")
static int entry(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
