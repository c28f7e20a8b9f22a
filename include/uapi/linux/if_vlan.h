/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct vlan_hdr, which user space's header of this name does not have; the masks of its tag are in neither. */
#ifndef TSBPF_LINUX_IF_VLAN_H
#define TSBPF_LINUX_IF_VLAN_H

#include "../tsbpf_kernel_types.h"

#endif
