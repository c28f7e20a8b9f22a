// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: open-coded iterators: bpf_for, bpf_repeat, bpf_for_each; kernel functions from our headers
#include "small.h"

__u64 sum;

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	int i;
	int *each;

	bpf_for(i, 0, 10)
		sum += i;
	bpf_repeat(5)
		sum++;
	bpf_for_each(num, each, 3, 7)
		sum += *each;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
