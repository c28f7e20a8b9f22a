/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bool as a macro, as C11 has it; vmlinux.h makes bool a type and true, false enumerators instead. */
#ifndef TSBPF_STDBOOL_H
#define TSBPF_STDBOOL_H
#if !defined(__VMLINUX_H__)
#define bool _Bool
#define true 1
#define false 0
#endif
#define __bool_true_false_are_defined 1
#endif
