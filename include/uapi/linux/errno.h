/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Error numbers. */
#ifndef TSBPF_LINUX_ERRNO_H
#define TSBPF_LINUX_ERRNO_H

#include "../asm-generic/errno.h"

#endif
