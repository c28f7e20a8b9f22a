// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: section names of libbpf 1.8 for program types that came after Linux 6.18
// libbpf: 1.5
// host-load: refused: the kernel does not know these attach types
#include "small.h"

/* each returns 1, which every program type accepts, unless noted */
#define PROGRAM(section, name) SEC(section) int name(void *ctx) { return RESULT; }

#define RESULT 1
PROGRAM("tracepoint.s/syscalls/sys_enter_getpgid", p_tracepoint_s)
PROGRAM("tp.s/syscalls/sys_enter_getpgid", p_tp_s)
PROGRAM("raw_tracepoint.s/sys_enter", p_raw_tracepoint_s)
PROGRAM("raw_tp.s/sys_enter", p_raw_tp_s)
PROGRAM("tp_btf.s/sys_enter", p_tp_btf_s)
PROGRAM("fsession/vfs_read", p_fsession)
PROGRAM("fsession.s/vfs_read", p_fsession_s)
PROGRAM("fsession.multi/vfs_*", p_fsession_multi)
PROGRAM("fsession.multi.s/vfs_*", p_fsession_multi_s)
PROGRAM("fentry.multi/vfs_*", p_fentry_multi)
PROGRAM("fexit.multi/vfs_*", p_fexit_multi)
PROGRAM("fentry.multi.s/vfs_*", p_fentry_multi_s)
PROGRAM("fexit.multi.s/vfs_*", p_fexit_multi_s)

char LICENSE[] SEC("license") = "GPL";
