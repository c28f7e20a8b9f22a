// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: string literals in .rodata.str1.1, which has no BTF; format strings of bpf_printk in .rodata
#include "small.h"

char chosen[16];
const volatile int which;

static __noinline const char *pick(int number)
{
	return number == 1 ? "first" : "another";
}

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	const char *text = which ? "compiled in" : "not chosen";

	bpf_probe_read_kernel_str(chosen, sizeof(chosen), text);
	bpf_printk("%s", text);
	bpf_printk("%d %d %d %d", 1, 2, 3, which);
	bpf_probe_read_kernel_str(chosen, sizeof(chosen), pick(which));
	return bpf_strncmp(chosen, sizeof(chosen), "compiled in");
}

char LICENSE[] SEC("license") = "GPL";
