// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: ring buffers: sizes rounded up to a power of two pages (RULES 14), user ring buffer with a callback
#include "small.h"

struct sample {
	__u32 number;
	__u32 cpu;
};

/* 5000 -> 8192 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} rounded SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} exact SEC(".maps");

/* 1 -> 4096 */
struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 1);
} from_user SEC(".maps");

__u32 drained;

static long on_sample(struct bpf_dynptr *dynptr, void *context)
{
	struct sample sample;

	if (bpf_dynptr_read(&sample, sizeof(sample), dynptr, 0, 0) < 0)
		return 1;
	drained += sample.number;
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	struct sample copy = {.number = ctx->args[0]};
	struct sample *sample = bpf_ringbuf_reserve(&rounded, sizeof(*sample), 0);

	if (!sample)
		return 0;
	sample->number = ctx->args[0];
	sample->cpu = bpf_get_smp_processor_id();
	if (sample->number == 13)
		bpf_ringbuf_discard(sample, 0);
	else
		bpf_ringbuf_submit(sample, 0);
	bpf_ringbuf_output(&exact, &copy, sizeof(copy), 0);
	bpf_user_ringbuf_drain(&from_user, on_sample, NULL, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
