/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* C without a library: sizes, null, offsets. clang from npm brings no headers of its own. */
#ifndef TSBPF_STDDEF_H
#define TSBPF_STDDEF_H
/* vmlinux.h has its own size_t and ptrdiff_t, through the kernel's typedef chain: equal types. */
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#endif
