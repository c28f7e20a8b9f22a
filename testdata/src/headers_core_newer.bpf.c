// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: what bpf_core_read.h and bpf_helpers.h have gained since clang 14 and libbpf 1.1: type_matches, cast, loops
// compilers: zig
#include "integers.h"
#include "small.h"
#include <bpf/bpf_core_read.h>

struct iphdr {
	__u8 ihl : 4;
	__u8 version : 4;
	__u8 tos;
} KERNEL_TYPE;

struct mm_struct {
	unsigned long start_code;
} KERNEL_TYPE;

extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void no_such_function(void) __ksym __weak;

__u64 out[16];
struct iphdr header;

SEC("raw_tracepoint/sys_enter")
int newer(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	int i, *at;

	out[0] = bpf_core_type_matches(struct mm_struct);
	out[1] = bpf_core_cast(task, struct task_struct)->tgid;
	out[2] = bpf_ksym_exists(bpf_rcu_read_lock);
	out[3] = bpf_ksym_exists(no_such_function);
	BPF_CORE_WRITE_BITFIELD(&header, version, 4);
	BPF_CORE_WRITE_BITFIELD(&header, ihl, 5);
	BPF_CORE_WRITE_BITFIELD(&header, tos, 16);
	bpf_for(i, 2, 8) {
		if (i == 6)
			break;
		out[4 + i]++;
	}
	bpf_repeat(3)
		out[4]++;
	bpf_for_each(num, at, 0, 5)
		out[5] += *at;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
