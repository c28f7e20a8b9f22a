/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Only the names: BPF functions cannot take a variable number of arguments. */
#ifndef TSBPF_STDARG_H
#define TSBPF_STDARG_H
#if !defined(__VMLINUX_H__) /* which has the kernel's own */
typedef __builtin_va_list va_list;
#endif
#define va_start(list, last) __builtin_va_start(list, last)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_end(list) __builtin_va_end(list)
#define va_copy(to, from) __builtin_va_copy(to, from)
#endif
