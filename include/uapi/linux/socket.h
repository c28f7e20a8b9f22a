/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct sockaddr and its kind. Address families (AF_INET …) are not in this header on any system. */
#ifndef TSBPF_LINUX_SOCKET_H
#define TSBPF_LINUX_SOCKET_H

#include "../tsbpf_kernel_types.h"

#endif
