// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: bpf_throw with an exception callback named by a declaration tag: the callback is appended to the program
// libbpf: 1.5
#include "small.h"

extern void bpf_throw(__u64 cookie) __ksym;

__noinline int on_exception(__u64 cookie)
{
	return cookie + 1;
}

SEC("tc")
__attribute__((btf_decl_tag("exception_callback:on_exception"))) int use(struct __sk_buff *ctx)
{
	if (bpf_get_prandom_u32() & 1)
		bpf_throw(5);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
