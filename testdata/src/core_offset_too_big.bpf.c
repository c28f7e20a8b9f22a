// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE offset above 32767 in a load: does not fit the instruction (RULES 43)
// host-load: refused: ERANGE, offset of pglist_data.node_id is above 32767
#include "small.h"
#include <bpf/bpf_core_read.h>

struct pglist_data {
	int node_id;
} KERNEL_TYPE;

__u64 out;

SEC("tp_btf/sched_process_exec")
int use(unsigned long long *ctx)
{
	struct pglist_data *node = (void *)ctx[0];

	out = node->node_id;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
