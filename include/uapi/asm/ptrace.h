/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same as <linux/ptrace.h>. */
#ifndef TSBPF_ASM_PTRACE_H
#define TSBPF_ASM_PTRACE_H

#include "../linux/ptrace.h"

#endif
