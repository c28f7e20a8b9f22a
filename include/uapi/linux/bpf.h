/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Map and program types, contexts, flags: see ../tsbpf_kernel_types.h. What is a macro in the kernel follows. */
#ifndef TSBPF_LINUX_BPF_H
#define TSBPF_LINUX_BPF_H

#include "../tsbpf_kernel_types.h"

#define BPF_OBJ_NAME_LEN 16U
#define BPF_TAG_SIZE 8
#define BPF_BUILD_ID_SIZE 20

#endif
