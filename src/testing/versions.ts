import {
  bpfCmd,
  flags,
  mapTypes,
  programTypes,
  type AttachType,
  type MapType,
  type ProgramType,
} from "../format/abi/index.ts";

/**
 * Since when the kernel has what, as far as a loader notices. Sources: the history of include/uapi/linux/bpf.h; the
 * manual page bpf-helpers(7) and docs.ebpf.io agree.
 */

/** `KERNEL_VERSION(a,b,0)` of `"6.18"`, `"5.4.0-42-generic"`. */
export function versionNumber(text: string): number {
  const [major, minor] = text.split(/[.-]/, 2);
  return Number(major) * 65536 + Number(minor) * 256;
}

type CommandName = keyof typeof bpfCmd;
const commandSince: { readonly [version: string]: readonly CommandName[] } = {
  "4.4": ["BPF_OBJ_PIN", "BPF_OBJ_GET"],
  "4.10": ["BPF_PROG_ATTACH", "BPF_PROG_DETACH"],
  "4.12": ["BPF_PROG_TEST_RUN"],
  "4.13": [
    "BPF_PROG_GET_NEXT_ID",
    "BPF_MAP_GET_NEXT_ID",
    "BPF_PROG_GET_FD_BY_ID",
    "BPF_MAP_GET_FD_BY_ID",
    "BPF_OBJ_GET_INFO_BY_FD",
  ],
  "4.15": ["BPF_PROG_QUERY"],
  "4.17": ["BPF_RAW_TRACEPOINT_OPEN"],
  "4.18": ["BPF_BTF_LOAD", "BPF_BTF_GET_FD_BY_ID", "BPF_TASK_FD_QUERY"],
  "4.20": ["BPF_MAP_LOOKUP_AND_DELETE_ELEM"],
  "5.2": ["BPF_MAP_FREEZE"],
  "5.4": ["BPF_BTF_GET_NEXT_ID"],
  "5.6": [
    "BPF_MAP_LOOKUP_BATCH",
    "BPF_MAP_LOOKUP_AND_DELETE_BATCH",
    "BPF_MAP_UPDATE_BATCH",
    "BPF_MAP_DELETE_BATCH",
  ],
  "5.7": ["BPF_LINK_CREATE", "BPF_LINK_UPDATE"],
  "5.8": ["BPF_LINK_GET_FD_BY_ID", "BPF_LINK_GET_NEXT_ID", "BPF_ENABLE_STATS", "BPF_ITER_CREATE"],
  "5.9": ["BPF_LINK_DETACH"],
  "5.10": ["BPF_PROG_BIND_MAP"],
  "6.9": ["BPF_TOKEN_CREATE"],
  "6.17": ["BPF_PROG_STREAM_READ_BY_FD"],
  "6.20": ["BPF_PROG_ASSOC_STRUCT_OPS", "BPF_COMMON_ATTRS"],
};

const mapTypeSince: { readonly [version: string]: readonly MapType[] } = {
  "4.2": ["prog_array"],
  "4.3": ["perf_event_array"],
  "4.6": ["percpu_hash", "percpu_array", "stack_trace"],
  "4.8": ["cgroup_array"],
  "4.10": ["lru_hash", "lru_percpu_hash"],
  "4.11": ["lpm_trie"],
  "4.12": ["array_of_maps", "hash_of_maps"],
  "4.14": ["devmap", "sockmap"],
  "4.15": ["cpumap"],
  "4.18": ["xskmap", "sockhash"],
  "4.19": ["cgroup_storage", "reuseport_sockarray"],
  "4.20": ["percpu_cgroup_storage", "queue", "stack"],
  "5.2": ["sk_storage"],
  "5.4": ["devmap_hash"],
  "5.6": ["struct_ops"],
  "5.8": ["ringbuf"],
  "5.10": ["inode_storage"],
  "5.11": ["task_storage"],
  "5.16": ["bloom_filter"],
  "6.1": ["user_ringbuf"],
  "6.2": ["cgrp_storage"],
  "6.9": ["arena"],
  "6.19": ["insn_array"],
  "6.20": ["rhash"],
};

const programTypeSince: { readonly [version: string]: readonly ProgramType[] } = {
  "4.1": ["kprobe", "sched_cls", "sched_act"],
  "4.7": ["tracepoint"],
  "4.8": ["xdp"],
  "4.9": ["perf_event"],
  "4.10": ["cgroup_skb", "cgroup_sock", "lwt_in", "lwt_out", "lwt_xmit"],
  "4.13": ["sock_ops"],
  "4.14": ["sk_skb"],
  "4.15": ["cgroup_device"],
  "4.17": ["sk_msg", "raw_tracepoint", "cgroup_sock_addr"],
  "4.18": ["lwt_seg6local", "lirc_mode2"],
  "4.19": ["sk_reuseport"],
  "4.20": ["flow_dissector"],
  "5.2": ["cgroup_sysctl", "raw_tracepoint_writable"],
  "5.3": ["cgroup_sockopt"],
  "5.5": ["tracing"],
  "5.6": ["struct_ops", "ext"],
  "5.7": ["lsm"],
  "5.9": ["sk_lookup"],
  "5.14": ["syscall"],
  "6.4": ["netfilter"],
};

/** Of BPF_MAP_CREATE. */
const mapFlagSince: { readonly [version: string]: readonly (keyof typeof flags)[] } = {
  "4.6": ["BPF_F_NO_PREALLOC"],
  "4.10": ["BPF_F_NO_COMMON_LRU"],
  "4.14": ["BPF_F_NUMA_NODE"],
  "4.15": ["BPF_F_RDONLY", "BPF_F_WRONLY"],
  "4.17": ["BPF_F_STACK_BUILD_ID"],
  "5.0": ["BPF_F_ZERO_SEED"],
  "5.2": ["BPF_F_RDONLY_PROG", "BPF_F_WRONLY_PROG"],
  "5.4": ["BPF_F_CLONE"],
  "5.5": ["BPF_F_MMAPABLE"],
  "5.10": ["BPF_F_PRESERVE_ELEMS", "BPF_F_INNER_MAP"],
  "6.4": ["BPF_F_LINK"],
  "6.7": ["BPF_F_PATH_FD"],
  "6.9": ["BPF_F_VTYPE_BTF_OBJ_FD", "BPF_F_TOKEN_FD", "BPF_F_SEGV_ON_FAULT", "BPF_F_NO_USER_CONV"],
  "6.19": ["BPF_F_RB_OVERWRITE"],
};

/** Fields of BPF_MAP_CREATE and BPF_PROG_LOAD that old kernels do not know. */
const fieldSince: { readonly [version: string]: readonly string[] } = {
  "4.12": ["inner_map_fd"],
  "4.14": ["numa_node", "prog_flags"],
  "4.15": ["map_name", "prog_name"],
  "4.16": ["map_ifindex", "prog_ifindex"],
  "4.17": ["expected_attach_type"],
  "4.18": ["btf_fd", "btf_key_type_id", "btf_value_type_id"],
  "5.0": ["prog_btf_fd", "func_info_rec_size", "func_info", "func_info_cnt"],
  "5.1": ["line_info_rec_size", "line_info", "line_info_cnt"],
  "5.5": ["attach_btf_id", "attach_prog_fd"],
  "5.6": ["btf_vmlinux_value_type_id"],
  "5.14": ["fd_array"],
  "5.16": ["map_extra"],
  "5.17": ["core_relo_cnt", "core_relos", "core_relo_rec_size"],
  "6.9": ["value_type_btf_obj_fd", "map_token_fd", "prog_token_fd", "btf_token_fd"],
  "6.14": ["fd_array_cnt"],
  "6.18": ["excl_prog_hash", "excl_prog_hash_size", "signature", "signature_size", "keyring_id"],
};

/** Attach types of BPF_LINK_CREATE that came after it. */
const linkSince: { readonly [version: string]: readonly AttachType[] } = {
  "5.9": ["xdp", "sk_lookup"],
  "5.18": ["trace_kprobe_multi"],
  "6.4": ["netfilter", "struct_ops"],
  "6.6": ["trace_uprobe_multi", "tcx_ingress", "tcx_egress"],
  "6.7": ["netkit_primary", "netkit_peer"],
  "6.10": ["trace_kprobe_session"],
  "6.13": ["trace_uprobe_session"],
};

/** The last `BPF_FUNC_*` of a release. */
const lastHelper: { readonly [version: string]: number } = {
  "4.4": 25,
  "4.9": 43,
  "4.14": 57,
  "4.18": 76,
  "4.20": 91,
  "5.2": 108,
  "5.3": 110,
  "5.5": 115,
  "5.6": 121,
  "5.7": 124,
  "5.8": 135,
  "5.9": 141,
  "5.10": 155,
  "5.11": 162,
  "5.12": 163,
  "5.13": 165,
  "5.14": 168,
  "5.15": 175,
  "5.16": 179,
  "5.17": 185,
  "5.18": 193,
  "5.19": 203,
  "6.0": 207,
  "6.1": 209,
  "6.2": 211,
};

/** What a kernel of a release knows. */
export class KernelVersion {
  readonly number: number;

  constructor(text: string) {
    this.number = versionNumber(text);
  }

  /** Whether it is this release or a later one. */
  atLeast(release: string): boolean {
    return this.number >= versionNumber(release);
  }

  hasCommand(command: number): boolean {
    const name = Object.entries(bpfCmd).find(([, number]) => number === command)?.[0];
    return name !== undefined && this.has(commandSince, name);
  }

  hasMapType(type: number): boolean {
    const name = mapTypes[type];
    return name !== undefined && type !== 0 && this.has(mapTypeSince, name);
  }

  hasProgramType(type: number): boolean {
    const name = programTypes[type];
    return name !== undefined && type !== 0 && this.has(programTypeSince, name);
  }

  hasLink(attachType: AttachType): boolean {
    return this.has(linkSince, attachType);
  }

  hasField(field: string): boolean {
    return this.has(fieldSince, field);
  }

  /** All known `map_flags`. */
  mapFlags(): number {
    let known = 0;
    for (const [release, names] of Object.entries(mapFlagSince)) {
      if (this.atLeast(release)) for (const name of names) known |= Number(flags[name]);
    }
    return known;
  }

  lastHelper(): number {
    const known = Object.entries(lastHelper).filter(([release]) => this.atLeast(release));
    return Math.max(0, ...known.map(([, last]) => last));
  }

  /** Listed names came with a release; the others have always been there. */
  private has(table: { readonly [version: string]: readonly string[] }, name: string): boolean {
    const release = Object.keys(table).find((one) => table[one]?.includes(name));
    return release === undefined || this.atLeast(release);
  }
}
