// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: every BTF kind: int, ptr, array, struct, union, enum, fwd, typedef, volatile, const, restrict, func, func_proto, var, datasec, float, decl_tag, type_tag
// endian: little big
#include "small.h"

struct never_defined;
union also_never_defined;
typedef int (*callback_t)(const char *restrict text, struct never_defined *forward);

#if __has_attribute(btf_type_tag)
#define __user __attribute__((btf_type_tag("user")))
#else
#define __user
#endif

enum letters { A, B };

struct kinds {
	volatile int v;
	const int c;
	char *restrict r;
	struct never_defined *forward;
	union also_never_defined *forward_union;
	callback_t callback;
	float single;
	double twofold;
	enum letters letter;
	union {
		int i;
		float f;
	} u;
	int __user *tagged;
	int member_tag __attribute__((btf_decl_tag("member")));
} __attribute__((btf_decl_tag("whole struct")));

typedef struct kinds kinds_t __attribute__((btf_decl_tag("typedef")));

kinds_t everything __attribute__((btf_decl_tag("variable")));

__noinline __attribute__((btf_decl_tag("function"))) int
tagged_function(int first, int second __attribute__((btf_decl_tag("argument"))))
{
	asm volatile("");
	return first + second + everything.member_tag;
}

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	return tagged_function(1, 2);
}

char LICENSE[] SEC("license") = "GPL";
