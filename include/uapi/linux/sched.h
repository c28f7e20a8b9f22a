/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Flags of clone(2); the kernel's own types come with it. */
#ifndef TSBPF_LINUX_SCHED_H
#define TSBPF_LINUX_SCHED_H

#include "../tsbpf_kernel_types.h"

/* clone(2) and unshare(2) flags for namespaces */
#define CLONE_NEWTIME 0x00000080
#define CLONE_NEWNS 0x00020000
#define CLONE_NEWCGROUP 0x02000000
#define CLONE_NEWUTS 0x04000000
#define CLONE_NEWIPC 0x08000000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWPID 0x20000000
#define CLONE_NEWNET 0x40000000

#endif
