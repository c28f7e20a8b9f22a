/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct in_addr, struct sockaddr_in. The IPPROTO_ numbers are enumerators. */
#ifndef TSBPF_LINUX_IN_H
#define TSBPF_LINUX_IN_H

#include "../asm/byteorder.h"
#include "../tsbpf_kernel_types.h"

#define INADDR_ANY ((unsigned long)0x00000000)
#define INADDR_BROADCAST ((unsigned long)0xffffffff)
#define INADDR_NONE ((unsigned long)0xffffffff)
#define INADDR_LOOPBACK 0x7f000001 /* 127.0.0.1, in host order */

#endif
