// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: a licence that is not GPL-compatible and a helper that demands one: the verifier says so
// host-load: refused: EINVAL from the verifier, GPL-only helper bpf_trace_printk
#include "small.h"

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	bpf_printk("x");
	return 0;
}

/* 70 characters: the first 63 are kept */
char LICENSE[] SEC("license") = "Proprietary, and with so many words that they cannot all be kept......";
