/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct in6_addr, struct sockaddr_in6. The IPPROTO_ numbers are enumerators. */
#ifndef TSBPF_LINUX_IN6_H
#define TSBPF_LINUX_IN6_H

#include "../tsbpf_kernel_types.h"

/* An IPv6 address as bytes, 16-bit and 32-bit numbers. */
#define s6_addr in6_u.u6_addr8
#define s6_addr16 in6_u.u6_addr16
#define s6_addr32 in6_u.u6_addr32

#endif
