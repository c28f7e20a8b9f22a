/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* KERNEL_VERSION(a, b, c). Which kernel runs is LINUX_KERNEL_VERSION, an extern with __kconfig. */
#ifndef TSBPF_LINUX_VERSION_H
#define TSBPF_LINUX_VERSION_H

#include "../../bpf/bpf_helpers.h" /* KERNEL_VERSION */

#endif
