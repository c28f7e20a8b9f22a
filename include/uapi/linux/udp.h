/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct udphdr. */
#ifndef TSBPF_LINUX_UDP_H
#define TSBPF_LINUX_UDP_H

#include "../asm/byteorder.h"
#include "../tsbpf_kernel_types.h"

#endif
