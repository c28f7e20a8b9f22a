/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's names for integers, and for those whose byte order is that of the network or fixed. */
#ifndef TSBPF_LINUX_TYPES_H
#define TSBPF_LINUX_TYPES_H

#include "../asm/types.h"

typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u16 __le16;
typedef __u32 __le32;
typedef __u64 __le64;
typedef __u16 __sum16;
typedef __u32 __wsum;

#endif
