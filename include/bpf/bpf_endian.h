/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Byte order. Network order is big-endian. The built-ins fold constants, so the same macro serves
 * run-time values (one `be`/`bswap` instruction) and static initialisers; the __bpf_constant_ names
 * exist for sources that distinguish them.
 */
#ifndef __BPF_ENDIAN__
#define __BPF_ENDIAN__

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __TS_BE16(x) __builtin_bswap16((unsigned short)(x))
#define __TS_BE32(x) __builtin_bswap32((unsigned int)(x))
#define __TS_BE64(x) __builtin_bswap64((unsigned long long)(x))
#else
#define __TS_BE16(x) ((unsigned short)(x))
#define __TS_BE32(x) ((unsigned int)(x))
#define __TS_BE64(x) ((unsigned long long)(x))
#endif

#define bpf_htons(x) __TS_BE16(x)
#define bpf_ntohs(x) __TS_BE16(x)
#define bpf_htonl(x) __TS_BE32(x)
#define bpf_ntohl(x) __TS_BE32(x)
#define bpf_cpu_to_be64(x) __TS_BE64(x)
#define bpf_be64_to_cpu(x) __TS_BE64(x)

#define __bpf_htons(x) __TS_BE16(x)
#define __bpf_ntohs(x) __TS_BE16(x)
#define __bpf_htonl(x) __TS_BE32(x)
#define __bpf_ntohl(x) __TS_BE32(x)
#define __bpf_cpu_to_be64(x) __TS_BE64(x)
#define __bpf_be64_to_cpu(x) __TS_BE64(x)

#define __bpf_constant_htons(x) __TS_BE16(x)
#define __bpf_constant_ntohs(x) __TS_BE16(x)
#define __bpf_constant_htonl(x) __TS_BE32(x)
#define __bpf_constant_ntohl(x) __TS_BE32(x)
#define __bpf_constant_cpu_to_be64(x) __TS_BE64(x)
#define __bpf_constant_be64_to_cpu(x) __TS_BE64(x)

#endif
