// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE offsets above 32767 in an immediate operand: fine (RULES 43)
#include "small.h"
#include <bpf/bpf_core_read.h>

struct pglist_data {
	int node_id; /* behind 170 KB of zones in the kernel */
} KERNEL_TYPE;

__u64 out[2];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	struct pglist_data *node = (void *)bpf_get_current_task();

	out[0] = bpf_core_field_offset(struct pglist_data, node_id);
	out[1] = BPF_CORE_READ(node, node_id);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
