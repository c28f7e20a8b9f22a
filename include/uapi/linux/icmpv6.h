/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct icmp6hdr, message types (RFC 4443). */
#ifndef TSBPF_LINUX_ICMPV6_H
#define TSBPF_LINUX_ICMPV6_H

#include "../asm/byteorder.h"
#include "../tsbpf_kernel_types.h"

#define ICMPV6_DEST_UNREACH 1
#define ICMPV6_PKT_TOOBIG 2
#define ICMPV6_TIME_EXCEED 3
#define ICMPV6_PARAMPROB 4
#define ICMPV6_ECHO_REQUEST 128
#define ICMPV6_ECHO_REPLY 129

#endif
