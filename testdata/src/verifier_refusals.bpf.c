// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: programs that the verifier refuses for different reasons; each is optional and tried alone
#include "small.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} map SEC(".maps");

__u64 array[4];

/* R0 invalid mem access 'map_value_or_null' */
SEC("?raw_tracepoint/sys_enter")
int null_check_missing(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&map, &key);

	*value = 1;
	return 0;
}

/* unbounded index */
SEC("?raw_tracepoint/sys_enter")
int out_of_bounds(void *ctx)
{
	array[bpf_get_prandom_u32()] = 1;
	return 0;
}

/* loop without end */
SEC("?raw_tracepoint/sys_enter")
int endless(void *ctx)
{
	for (;;)
		asm volatile("" ::: "memory");
	return 0;
}

/* an unknown helper */
static long (*const bpf_unknown)(void) = (void *)4095;
SEC("?raw_tracepoint/sys_enter")
int unknown_helper(void *ctx)
{
	return bpf_unknown();
}

/* a helper that this program type may not use */
SEC("?raw_tracepoint/sys_enter")
int wrong_helper(void *ctx)
{
	return bpf_redirect(1, 0);
}

/* reads beyond the stack */
SEC("?raw_tracepoint/sys_enter")
int uninitialised(void *ctx)
{
	char text[16];

	return bpf_strtol(text, 64, 0, (long *)&array[0]);
}

SEC("raw_tracepoint/sys_enter")
int fine(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
