// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: devmap, devmap_hash, cpumap, xskmap, sockmap, sockhash, reuseport array; XDP redirection
#include "small.h"

struct bpf_devmap_val {
	__u32 ifindex;
	__u32 program_fd;
};

struct bpf_cpumap_val {
	__u32 queue_size;
	__u32 program_fd;
};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__uint(value_size, 8);
} devices SEC(".maps");

/* typed although the kernel wants no BTF here: the ids must be withheld (RULES 15) */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} device_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, __u64);
} socket_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	switch (ctx->rx_queue_index) {
	case 0: return bpf_redirect_map(&devices, 0, 0);
	case 1: return bpf_redirect_map(&device_hash, 7, 0);
	case 2: return bpf_redirect_map(&cpus, 1, 0);
	default: return bpf_redirect_map(&xsks, ctx->rx_queue_index, 2);
	}
}

char LICENSE[] SEC("license") = "GPL";
