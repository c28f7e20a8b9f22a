// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE enumerator relocations: existence and value, flavours, moved, missing and negative values (RULES 40, 44)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

enum pid_type {
	PIDTYPE_TGID = 77, /* 1 in the kernel */
	PIDTYPE_SID = 78,
};

enum pid_type___other {
	PIDTYPE_TSBPF_NONE = 5,
	PIDTYPE_PGID___renamed = 6,
};

enum tsbpf_no_such_enum {
	TSBPF_A = 1,
};

__u64 out[8];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out[0] = bpf_core_enum_value(enum pid_type, PIDTYPE_TGID);
	out[1] = bpf_core_enum_value_exists(enum pid_type, PIDTYPE_SID);
	out[2] = bpf_core_enum_value_exists(enum pid_type___other, PIDTYPE_TSBPF_NONE);
	out[3] = bpf_core_enum_value(enum pid_type___other, PIDTYPE_PGID___renamed);
	out[4] = bpf_core_enum_value_exists(enum tsbpf_no_such_enum, TSBPF_A);
	if (bpf_core_enum_value_exists(enum tsbpf_no_such_enum, TSBPF_A))
		out[5] = bpf_core_enum_value(enum tsbpf_no_such_enum, TSBPF_A);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
