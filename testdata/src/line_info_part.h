/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of line_info.bpf.c: code in a second file. */
static __always_inline int from_header(int x)
{
	if (x > 100)
		return x / 3;
	return x + 1;
}
