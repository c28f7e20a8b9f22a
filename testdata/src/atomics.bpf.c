// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: atomic instructions: add, fetch, exchange, compare and exchange, 32 and 64 bits
#include "small.h"

__u64 wide = 1;
__u32 narrow = 2;
__u64 out[6];

SEC("raw_tracepoint/sys_enter")
int use(void *ctx)
{
	__sync_fetch_and_add(&wide, 1);
	out[0] = __sync_fetch_and_add(&wide, 2);
	out[1] = __sync_fetch_and_or(&wide, 4);
	out[2] = __sync_fetch_and_and(&wide, ~8ull);
	out[3] = __sync_fetch_and_xor(&narrow, 3);
	out[4] = __sync_lock_test_and_set(&wide, 9);
	out[5] = __sync_val_compare_and_swap(&narrow, 2, 10);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
