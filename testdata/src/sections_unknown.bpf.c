// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: section names that no loader knows (RULES 5): classifier/x is not classifier; refused with a reason
// host-load: refused: the program has no type
#include "small.h"

SEC("classifier/ingress")
int old_style(void *ctx)
{
	return 0;
}

SEC("xfoo")
int made_up(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
