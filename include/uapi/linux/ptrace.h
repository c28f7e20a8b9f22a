/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct pt_regs with the names that its members have inside the kernel (di, not rdi). */
#ifndef TSBPF_LINUX_PTRACE_H
#define TSBPF_LINUX_PTRACE_H

#include "../tsbpf_kernel_types.h"

#endif
