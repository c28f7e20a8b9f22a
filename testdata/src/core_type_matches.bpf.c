// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE type_matches: equal enough, missing member, other member type, through pointers
// compilers: zig
#include "small.h"
#include <bpf/bpf_core_read.h>

struct list_head {
	struct list_head *next;
	struct list_head *prev;
} KERNEL_TYPE;

struct list_head___one {
	struct list_head *next;
} KERNEL_TYPE;

struct list_head___more {
	struct list_head *next;
	struct list_head *tsbpf_extra;
} KERNEL_TYPE;

struct list_head___typed {
	int next;
} KERNEL_TYPE;

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
};

struct tsbpf_no_such_struct {
	int a;
} KERNEL_TYPE;

__u64 out[8];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out[0] = bpf_core_type_matches(struct list_head);
	out[1] = bpf_core_type_matches(struct list_head___one);
	out[2] = bpf_core_type_matches(struct list_head___more);
	out[3] = bpf_core_type_matches(struct list_head___typed);
	out[4] = bpf_core_type_matches(enum pid_type);
	out[5] = bpf_core_type_matches(struct tsbpf_no_such_struct);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
