// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: relocations inside data sections (a table of string pointers) are skipped by loaders: the words stay 0
#include "small.h"

const char *table[2] = {"zero", "one"};
__u32 target = 4;
__u32 *address_of_target = &target;
__u64 seen;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	seen = (__u64)table[bpf_get_prandom_u32() & 1] + (__u64)address_of_target + target;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
