/** What a release brought to who writes or loads BPF programs. */
export interface Milestone {
  /** The release that has it first, as {@link kernelReleases} names it. */
  readonly since: string;
  readonly what: string;
  /** Where it can be looked up: a name in the kernel's UAPI headers or in libbpf.map, a file, a commit's title. */
  readonly source: string;
}

type Row = readonly [since: string, what: string, source: string];

/**
 * Kernel releases. From the history of include/uapi/linux/bpf.h and bcc's docs/kernel-versions.md, which names the
 * commits; a feature counts from the mainline release whose merge window took it.
 */
const kernelRows: readonly Row[] = [
  ["4.9", "programs on perf events", "BPF_PROG_TYPE_PERF_EVENT"],
  ["4.10", "programs on cgroups, LRU hash maps", "BPF_PROG_TYPE_CGROUP_SKB, BPF_MAP_TYPE_LRU_HASH"],
  ["4.11", "longest prefix match maps", "BPF_MAP_TYPE_LPM_TRIE"],
  ["4.12", "maps of maps, test runs", "BPF_MAP_TYPE_HASH_OF_MAPS, BPF_PROG_TEST_RUN"],
  ["4.13", "ids of programs and maps", "BPF_PROG_GET_NEXT_ID"],
  ["4.14", "socket and device maps", "BPF_MAP_TYPE_SOCKMAP, BPF_MAP_TYPE_DEVMAP"],
  ["4.15", "names of programs and maps", "bpf_attr.prog_name"],
  ["4.16", "calls of functions that are not inlined", "BPF_PSEUDO_CALL"],
  ["4.17", "raw tracepoints; kprobes and uprobes through perf", "BPF_PROG_TYPE_RAW_TRACEPOINT, perf_kprobe"],
  ["4.18", "BTF; AF_XDP", "BPF_BTF_LOAD, BPF_MAP_TYPE_XSKMAP"],
  ["4.20", "queue and stack maps", "BPF_MAP_TYPE_QUEUE"],
  ["5.1", "spin locks in map values", "bpf_spin_lock"],
  ["5.2", "global variables; frozen maps; a million instructions", "BPF_PSEUDO_MAP_VALUE, BPF_MAP_FREEZE"],
  ["5.3", "bounded loops", "bpf: introduce bounded loops"],
  ["5.4", "the kernel's types in /sys/kernel/btf/vmlinux: CO-RE", "CONFIG_DEBUG_INFO_BTF"],
  ["5.5", "fentry and fexit; typed tracepoints; maps in memory", "BPF_TRACE_FENTRY, BPF_F_MMAPABLE"],
  [
    "5.6",
    "struct_ops; replaced functions; batches of map elements",
    "BPF_PROG_TYPE_STRUCT_OPS, BPF_PROG_TYPE_EXT",
  ],
  ["5.7", "LSM programs; fmod_ret; bpf_link", "BPF_PROG_TYPE_LSM, BPF_MODIFY_RETURN, BPF_LINK_CREATE"],
  ["5.8", "ring buffer; CAP_BPF and CAP_PERFMON; iterators", "BPF_MAP_TYPE_RINGBUF, CAP_BPF, BPF_TRACE_ITER"],
  ["5.9", "socket look-up programs; links of XDP programs", "BPF_PROG_TYPE_SK_LOOKUP, BPF_XDP"],
  ["5.10", "sleepable programs; typed kernel variables", "BPF_F_SLEEPABLE, BPF_PSEUDO_BTF_ID"],
  ["5.11", "types of modules; task storage; memory charged to the cgroup", "BPF_MAP_TYPE_TASK_STORAGE"],
  ["5.12", "atomic instructions", "BPF_XCHG"],
  ["5.13", "calls of kernel functions (kfuncs)", "BPF_PSEUDO_KFUNC_CALL"],
  ["5.14", "programs that make system calls", "BPF_PROG_TYPE_SYSCALL"],
  [
    "5.15",
    "attach cookies; links of perf events; timers",
    "bpf_get_attach_cookie, BPF_PERF_EVENT, bpf_timer",
  ],
  ["5.16", "bloom filter maps", "BPF_MAP_TYPE_BLOOM_FILTER"],
  ["5.17", "bpf_loop", "BPF_FUNC_loop"],
  ["5.18", "kprobe.multi; XDP with fragments", "BPF_TRACE_KPROBE_MULTI, BPF_F_XDP_HAS_FRAGS"],
  ["5.19", "dynamic pointers; kernel pointers in maps", "bpf_dynptr, BPF_FUNC_kptr_xchg"],
  ["6.0", "64-bit enums in BTF", "BTF_KIND_ENUM64"],
  ["6.1", "user ring buffer", "BPF_MAP_TYPE_USER_RINGBUF"],
  ["6.2", "storage by cgroup", "BPF_MAP_TYPE_CGRP_STORAGE"],
  ["6.4", "netfilter programs; links of struct_ops", "BPF_PROG_TYPE_NETFILTER, BPF_STRUCT_OPS"],
  ["6.6", "uprobe.multi; tcx", "BPF_TRACE_UPROBE_MULTI, BPF_TCX_INGRESS"],
  ["6.7", "netkit", "BPF_NETKIT_PRIMARY"],
  ["6.9", "BPF token; arena", "BPF_TOKEN_CREATE, BPF_MAP_TYPE_ARENA"],
  ["6.10", "kprobe.session", "BPF_TRACE_KPROBE_SESSION"],
  ["6.12", "scheduler programs (sched_ext)", "CONFIG_SCHED_CLASS_EXT"],
  ["6.13", "uprobe.session", "BPF_TRACE_UPROBE_SESSION"],
  ["6.15", "load-acquire and store-release instructions", "BPF_LOAD_ACQ"],
  ["6.17", "standard streams of programs", "BPF_PROG_STREAM_READ_BY_FD"],
  ["6.18", "signed programs; maps for one program alone", "bpf_attr.signature, bpf_attr.excl_prog_hash"],
  ["6.19", "overwriting ring buffer; instruction array maps", "BPF_F_RB_OVERWRITE, BPF_MAP_TYPE_INSN_ARRAY"],
  ["7.0", "fsession; per-CPU values one by one", "BPF_TRACE_FSESSION, BPF_F_CPU"],
];

/** libbpf versions: symbols of libbpf.map, and headers by the tags of libbpf's own repository. */
const libbpfRows: readonly Row[] = [
  ["0.0.4", "attaching by links; perf buffer", "bpf_program__attach_kprobe, perf_buffer__poll"],
  ["0.0.5", "CO-RE relocations", "libbpf: implement BPF CO-RE offset relocation algorithm"],
  ["0.0.6", "BPF headers beside the library", "bpf_helpers.h, bpf_core_read.h, bpf_tracing.h"],
  ["0.0.7", "skeletons; struct_ops; batches", "bpf_object__open_skeleton, bpf_map__attach_struct_ops"],
  ["0.0.8", "pinned links; LSM programs", "bpf_link__pin, bpf_program__attach_lsm"],
  ["0.0.9", "ring buffer; iterators", "ring_buffer__new, bpf_program__attach_iter"],
  ["0.1.0", "programs that are not loaded", "bpf_program__set_autoload"],
  ["0.2.0", "making BTF; freplace", "btf__new_empty, bpf_program__attach_freplace"],
  ["0.3.0", "split BTF", "btf__parse_split"],
  ["0.4.0", "linking objects; tc", "bpf_linker__new, bpf_tc_attach"],
  ["0.5.0", "cookies; light skeletons", "bpf_program__attach_kprobe_opts, bpf_object__gen_loader"],
  ["0.6.0", "new bpf_prog_load and bpf_map_create", "bpf_prog_load, bpf_map_create"],
  [
    "0.7.0",
    "feature probes; the verifier's log by program",
    "libbpf_probe_bpf_helper, bpf_program__set_log_buf",
  ],
  ["0.8.0", "USDT; kprobe.multi; section handlers", "bpf_program__attach_usdt, libbpf_register_prog_handler"],
  ["1.0.0", "the old interface is gone; ksyscall", "bpf_program__attach_ksyscall"],
  ["1.1.0", "user ring buffer", "user_ring_buffer__new"],
  ["1.2.0", "links of struct_ops can be updated", "bpf_link__update_map"],
  [
    "1.3.0",
    "uprobe.multi; tcx; netfilter; netkit",
    "bpf_program__attach_uprobe_multi, bpf_program__attach_tcx",
  ],
  ["1.4.0", "BPF token", "bpf_token_create"],
  ["1.5.0", "distilled base BTF; sockmap links", "btf__distill_base, bpf_program__attach_sockmap"],
  ["1.6.0", "preparing without loading; streams of programs", "bpf_object__prepare, bpf_prog_stream_read"],
  ["1.7.0", "maps for one program alone", "bpf_map__set_exclusive_program"],
  [
    "1.8.0",
    "one link for many fentry programs; cloned programs",
    "bpf_program__attach_tracing_multi, bpf_program__clone",
  ],
];

/**
 * Headers that a kernel's tree has while its libbpf.map does not show it: usdt.bpf.h was written (April 2022) after the
 * merge window that gave 5.18 its 0.8.0, so it is in v0.8.0 of libbpf's own repository and in 5.19, not in 5.18.
 */
const treeRows: readonly Row[] = [["5.19", "usdt.bpf.h in tools/lib/bpf", "tools/lib/bpf/usdt.bpf.h"]];

const named = ([since, what, source]: Row): Milestone => ({ since, what, source });

/** By kernel release, oldest first. */
export const kernelMilestones: readonly Milestone[] = kernelRows.map(named);
/** By libbpf version, oldest first. */
export const libbpfMilestones: readonly Milestone[] = libbpfRows.map(named);
/** What lies in the kernel's tree, by kernel release. */
export const treeMilestones: readonly Milestone[] = treeRows.map(named);
