/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct iphdr and the numbers that go with it. */
#ifndef TSBPF_LINUX_IP_H
#define TSBPF_LINUX_IP_H

#include "../asm/byteorder.h"
#include "../tsbpf_kernel_types.h"

#define IPVERSION 4
#define MAXTTL 255
#define IPDEFTTL 64
#define IPTOS_TOS_MASK 0x1E
#define IPTOS_TOS(tos) ((tos) & IPTOS_TOS_MASK)

#endif
