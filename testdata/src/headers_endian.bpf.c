// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: bpf_endian.h with constants, in initialisers, as case labels, and with values that only the run knows
// endian: little big
#include "integers.h"
#include "small.h"
#include <bpf/bpf_endian.h>

__u16 given16 = 0x0102;
__u32 given32 = 0x01020304;
__u64 given64 = 0x0102030405060708;

const __u64 constants[] = {
	__bpf_constant_htons(0x0102),
	__bpf_constant_ntohs(0x0102),
	__bpf_constant_htonl(0x01020304),
	__bpf_constant_ntohl(0x01020304),
	__bpf_constant_cpu_to_be64(0x0102030405060708),
	__bpf_constant_be64_to_cpu(0x0102030405060708),
	bpf_htons(0x0102),
	bpf_ntohl(0x01020304),
	bpf_cpu_to_be64(0x0102030405060708),
};
__u64 out[12];

SEC("raw_tracepoint/sys_enter")
int swap(void *ctx)
{
	out[0] = bpf_htons(given16);
	out[1] = bpf_ntohs(given16);
	out[2] = bpf_htonl(given32);
	out[3] = bpf_ntohl(given32);
	out[4] = bpf_cpu_to_be64(given64);
	out[5] = bpf_be64_to_cpu(given64);
	out[6] = __bpf_htons(given16) + __bpf_ntohs(given16);
	out[7] = __bpf_htonl(given32) + __bpf_ntohl(given32);
	out[8] = __bpf_cpu_to_be64(given64) + __bpf_be64_to_cpu(given64);
	switch (given16) {
	case bpf_htons(0x0800): out[9] = 4; break;
	case bpf_htons(0x86dd): out[9] = 6; break;
	}
	out[10] = constants[given16 & 7];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
