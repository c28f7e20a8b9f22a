/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network byte order under the names of user space's <asm/byteorder.h>. */
#ifndef TSBPF_ASM_BYTEORDER_H
#define TSBPF_ASM_BYTEORDER_H

#include "../../bpf/bpf_endian.h"

#define __constant_htons(x) __bpf_constant_htons(x)
#define __constant_ntohs(x) __bpf_constant_ntohs(x)
#define __constant_htonl(x) __bpf_constant_htonl(x)
#define __constant_ntohl(x) __bpf_constant_ntohl(x)
#define __constant_cpu_to_be16(x) __bpf_constant_htons(x)
#define __constant_cpu_to_be32(x) __bpf_constant_htonl(x)
#define __constant_cpu_to_be64(x) __bpf_constant_cpu_to_be64(x)
#define __cpu_to_be16(x) bpf_htons(x)
#define __cpu_to_be32(x) bpf_htonl(x)
#define __cpu_to_be64(x) bpf_cpu_to_be64(x)
#define __be16_to_cpu(x) bpf_ntohs(x)
#define __be32_to_cpu(x) bpf_ntohl(x)
#define __be64_to_cpu(x) bpf_be64_to_cpu(x)

#endif
