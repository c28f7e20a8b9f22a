// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: every kind of relocation inside subprograms that two programs share: maps, data, kconfig, ksyms, kfuncs, callbacks, CO-RE
#include "small.h"
#include <bpf/bpf_core_read.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern const void schedule __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

__u64 counter;
const volatile __u64 step = 3;

static int each(__u64 index, void *context)
{
	counter += step;
	return 0;
}

static __noinline int with_data(int x)
{
	__u32 key = 1;
	__u64 *value = bpf_map_lookup_elem(&numbers, &key);

	if (value)
		*value += LINUX_KERNEL_VERSION;
	counter += (__u64)&schedule;
	bpf_loop(3, each, NULL, 0);
	return x + 1;
}

static __noinline int with_types(int x)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bpf_core_field_exists(task->group_leader))
		x += BPF_CORE_READ(task, group_leader, tgid);
	bpf_rcu_read_lock();
	counter += x;
	bpf_rcu_read_unlock();
	return with_data(x);
}

SEC("raw_tracepoint/sys_enter")
int first(void *ctx)
{
	return with_types(1);
}

SEC("raw_tracepoint/sys_exit")
int second(void *ctx)
{
	return with_data(2) + with_types(3);
}

char LICENSE[] SEC("license") = "GPL";
