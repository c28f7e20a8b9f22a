// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: calls between entry functions outside .text are refused
// host-load: refused: LIBBPF_ERRNO__RELOC on opening, bad call relocation against inner
#include "small.h"

__u64 trail;

SEC("socket")
__noinline int inner(struct __sk_buff *ctx)
{
	trail += 2;
	return trail & 1;
}

SEC("socket")
int outer(struct __sk_buff *ctx)
{
	trail++;
	return inner(ctx);
}

SEC("socket")
int third(struct __sk_buff *ctx)
{
	return inner(ctx) + 1;
}

char LICENSE[] SEC("license") = "GPL";
