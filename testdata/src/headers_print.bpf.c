// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: bpf_printk with every number of arguments, BPF_SNPRINTF, BPF_SEQ_PRINTF, strings and pointers among them
#include "integers.h"
#include "small.h"

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} KERNEL_TYPE;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL_TYPE;

char out[64];
long length;

SEC("raw_tracepoint/sys_enter")
int print(void *ctx)
{
	bpf_printk("none");
	bpf_printk("%d", 1);
	bpf_printk("%d %s", 1, out);
	bpf_printk("%d %d %lx", 1, 2, (unsigned long)ctx);
	bpf_printk("%d %d %d %p", 1, 2, 3, ctx);
	bpf_printk("%d %d %d %d %d %d", 1, 2, 3, 4, 5, 6);
	bpf_printk("%d %d %d %d %d %d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
	return 0;
}

SEC("raw_tracepoint/sys_exit")
int into_memory(void *ctx)
{
	length = BPF_SNPRINTF(out, sizeof(out), "nothing");
	length += BPF_SNPRINTF(out, sizeof(out), "%d", 1);
	length += BPF_SNPRINTF(out, sizeof(out), "%s and %p", out, ctx);
	return 0;
}

SEC("iter/task")
int into_file(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (ctx->meta->seq_num == 0)
		BPF_SEQ_PRINTF(ctx->meta->seq, "pid\n");
	if (task)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d %d %s\n", task->pid, task->tgid, task->comm);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
