/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct ipv6hdr, struct in6_addr. */
#ifndef TSBPF_LINUX_IPV6_H
#define TSBPF_LINUX_IPV6_H

#include "../asm/byteorder.h"
#include "in6.h"

#endif
