// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a struct_ops program that no map refers to (RULES 4)
// host-load: refused: EINVAL, the program is not referenced
#include "small.h"

SEC("struct_ops/nobody")
int lonely(unsigned long long *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
