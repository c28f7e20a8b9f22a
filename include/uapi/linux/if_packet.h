/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whom a packet is for: __sk_buff.pkt_type. */
#ifndef TSBPF_LINUX_IF_PACKET_H
#define TSBPF_LINUX_IF_PACKET_H

#include "../tsbpf_kernel_types.h"

#define PACKET_HOST 0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_OTHERHOST 3
#define PACKET_OUTGOING 4
#define PACKET_LOOPBACK 5
#define PACKET_USER 6
#define PACKET_KERNEL 7

#endif
