// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: socket, task, inode and cgroup local storage maps
#include "small.h"

struct mark {
	__u64 since;
	__u32 count;
};

#define STORAGE(name, map_type)                       \
	struct {                                      \
		__uint(type, map_type);               \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__type(key, int);                     \
		__type(value, struct mark);           \
	} name SEC(".maps")

STORAGE(of_sock, BPF_MAP_TYPE_SK_STORAGE);
STORAGE(of_task, BPF_MAP_TYPE_TASK_STORAGE);
STORAGE(of_inode, BPF_MAP_TYPE_INODE_STORAGE);
STORAGE(of_cgroup, BPF_MAP_TYPE_CGRP_STORAGE);

SEC("tp_btf/sched_process_exec")
int on_exec(unsigned long long *ctx)
{
	struct mark *mark;

	mark = bpf_task_storage_get(&of_task, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mark)
		mark->count++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
