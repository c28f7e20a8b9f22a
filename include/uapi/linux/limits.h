/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lengths of names and paths. */
#ifndef TSBPF_LINUX_LIMITS_H
#define TSBPF_LINUX_LIMITS_H

#define NAME_MAX 255
#define PATH_MAX 4096
#define ARG_MAX 131072
#define PIPE_BUF 4096
#define XATTR_NAME_MAX 255

#endif
