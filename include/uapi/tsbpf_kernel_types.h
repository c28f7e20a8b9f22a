/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the headers in this folder stand on: the types and enumerators of <linux/bpf.h>, <linux/ip.h> and so on are
 * in the kernel's BTF, hence in vmlinux.h. Macros are not, and each header adds its own.
 */
#ifndef TSBPF_KERNEL_TYPES_H
#define TSBPF_KERNEL_TYPES_H

#ifndef __VMLINUX_H__
/* <stdbool.h> came first, and its macros would tear vmlinux.h's own definitions apart. */
#undef bool
#undef true
#undef false
#include "vmlinux.h"
#endif

#endif
