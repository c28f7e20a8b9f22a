// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: no license section: stays empty, no default (RULES 2); helpers for everybody only
#include "small.h"

__u64 when;

SEC("socket")
int use(void *ctx)
{
	when = bpf_get_prandom_u32();
	return 0;
}
