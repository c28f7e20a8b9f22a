// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: attaching to a network interface
#include "small.h"

__u64 packets;
__u64 bytes;

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&packets, 1);
	__sync_fetch_and_add(&bytes, ctx->data_end - ctx->data);
	return 2; /* XDP_PASS */
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
