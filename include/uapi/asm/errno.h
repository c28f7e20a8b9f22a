/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Error numbers; those of mips, sparc and powerpc differ above 34. */
#ifndef TSBPF_ASM_ERRNO_H
#define TSBPF_ASM_ERRNO_H

#include "../asm-generic/errno.h"

#endif
