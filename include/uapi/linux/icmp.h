/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct icmphdr, message types and codes (RFC 792). */
#ifndef TSBPF_LINUX_ICMP_H
#define TSBPF_LINUX_ICMP_H

#include "../asm/byteorder.h"
#include "../tsbpf_kernel_types.h"

#define ICMP_ECHOREPLY 0
#define ICMP_DEST_UNREACH 3
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12
#define ICMP_TIMESTAMP 13
#define ICMP_TIMESTAMPREPLY 14

/* Codes of ICMP_DEST_UNREACH */
#define ICMP_NET_UNREACH 0
#define ICMP_HOST_UNREACH 1
#define ICMP_PROT_UNREACH 2
#define ICMP_PORT_UNREACH 3
#define ICMP_FRAG_NEEDED 4

#endif
