// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: line info of several files: a #included function, #line directives, macros over several lines
// endian: little big
#include "small.h"
#include "line_info_part.h"

__u64 out;

#define TWICE(x)   \
	do {       \
		x; \
		x; \
	} while (0)

static __noinline int in_text(int x)
{
	return from_header(x) * 2;
}

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	out = from_header(bpf_get_prandom_u32() & 0xff);
	TWICE(out += in_text(bpf_get_prandom_u32() & 0xf));
#line 1000 "made_up_file.c"
	out += 7;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
