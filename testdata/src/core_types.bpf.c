// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: CO-RE type relocations: local and kernel type id, existence, size; of structs, typedefs, enums, unions, missing ones (RULES 40, 44)
// endian: little big
#include "small.h"
#include <bpf/bpf_core_read.h>

struct file {
	int f_flags;
} KERNEL_TYPE;

struct tsbpf_no_such_struct {
	int x;
} KERNEL_TYPE;

union tsbpf_no_such_union {
	int x;
} KERNEL_TYPE;

union thread_union {
	unsigned long stack[1];
} KERNEL_TYPE;

enum pid_type {
	PIDTYPE_PID,
};

typedef int pid_t;
typedef struct tsbpf_no_such_struct tsbpf_no_such_typedef;

__u64 out[16];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out[0] = bpf_core_type_id_local(struct file);
	out[1] = bpf_core_type_id_kernel(struct file) != 0;
	out[2] = bpf_core_type_exists(struct file);
	out[3] = bpf_core_type_size(struct file) > sizeof(struct file);
	out[4] = bpf_core_type_id_local(struct tsbpf_no_such_struct);
	out[5] = bpf_core_type_id_kernel(struct tsbpf_no_such_struct);
	out[6] = bpf_core_type_exists(struct tsbpf_no_such_struct);
	out[7] = bpf_core_type_size(struct tsbpf_no_such_struct);
	out[8] = bpf_core_type_exists(pid_t);
	out[9] = bpf_core_type_size(pid_t);
	out[10] = bpf_core_type_exists(tsbpf_no_such_typedef);
	out[11] = bpf_core_type_exists(enum pid_type);
	out[12] = bpf_core_type_size(enum pid_type);
	out[13] = bpf_core_type_exists(union tsbpf_no_such_union);
	out[14] = bpf_core_type_exists(union thread_union);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
