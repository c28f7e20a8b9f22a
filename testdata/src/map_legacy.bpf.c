// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: legacy SEC("maps") definitions, five 32-bit words each; libbpf 1.x refuses them, tsbpf reads them
// host-load: refused: libbpf 1.x no longer reads SEC("maps")
// endian: little big
#include "small.h"

struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};

struct bpf_map_def SEC("maps") old_hash = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 32,
	.map_flags = BPF_F_NO_PREALLOC,
};

struct bpf_map_def SEC("maps") old_events = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.key_size = 4,
	.value_size = 4,
};

SEC("tracepoint/syscalls/sys_enter_getpgid")
int emit(struct sys_enter *ctx)
{
	__u32 key = ctx->args[0];
	__u64 *value = bpf_map_lookup_elem(&old_hash, &key);

	if (value)
		bpf_perf_event_output(ctx, &old_events, BPF_F_CURRENT_CPU, value, sizeof(*value));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
