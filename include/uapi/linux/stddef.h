/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* NULL and offsetof. */
#ifndef TSBPF_LINUX_STDDEF_H
#define TSBPF_LINUX_STDDEF_H

#include <stddef.h>

#endif
