// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: spin lock, timer, kptr fields in map values; BTF type tags
// host-load-clang14: refused: EINVAL, clang 14 leaves the type tags of pointers to structs out of BTF
#include "small.h"

struct guarded {
	struct bpf_spin_lock lock;
	__u32 balance;
};

struct timed {
	__u64 fired;
	struct bpf_timer timer;
};

struct holder {
	struct task_struct __kptr *task;
	struct task_struct __kptr_untrusted *seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct guarded);
} accounts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct holder);
} holders SEC(".maps");

extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;

static int on_timer(void *map, __u32 *key, struct timed *value)
{
	value->fired++;
	return 0;
}

SEC("syscall")
int hold(void *ctx)
{
	struct holder empty = {};
	struct task_struct *task, *old;
	struct guarded *account;
	struct holder *holder;
	struct timed *timed;
	__u32 key = 1;

	account = bpf_map_lookup_elem(&accounts, &key);
	if (account) {
		bpf_spin_lock(&account->lock);
		account->balance++;
		bpf_spin_unlock(&account->lock);
	}

	key = 0;
	timed = bpf_map_lookup_elem(&timers, &key);
	if (timed) {
		bpf_timer_init(&timed->timer, &timers, CLOCK_MONOTONIC);
		bpf_timer_set_callback(&timed->timer, on_timer);
		bpf_timer_start(&timed->timer, 1000000, 0);
	}

	bpf_map_update_elem(&holders, &key, &empty, BPF_ANY);
	holder = bpf_map_lookup_elem(&holders, &key);
	if (!holder)
		return 0;
	task = bpf_task_from_pid(1);
	if (!task)
		return 0;
	old = bpf_kptr_xchg(&holder->task, task);
	if (old)
		bpf_task_release(old);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
