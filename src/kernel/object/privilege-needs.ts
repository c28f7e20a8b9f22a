import type { MapType, ProgramType } from "../../format/abi/index.ts";

/** Program types that look into the kernel (is_perfmon_prog_type in kernel/bpf/syscall.c). */
const perfmon: ReadonlySet<ProgramType> = new Set<ProgramType>([
  "kprobe",
  "tracepoint",
  "perf_event",
  "raw_tracepoint",
  "raw_tracepoint_writable",
  "tracing",
  "lsm",
  "struct_ops",
  "ext",
]);

/** Program types that steer the network (is_net_admin_prog_type). */
const netAdmin: ReadonlySet<ProgramType> = new Set<ProgramType>([
  "sched_cls",
  "sched_act",
  "xdp",
  "lwt_in",
  "lwt_out",
  "lwt_xmit",
  "lwt_seg6local",
  "sk_skb",
  "sk_msg",
  "flow_dissector",
  "cgroup_device",
  "cgroup_sock",
  "cgroup_sock_addr",
  "cgroup_sockopt",
  "cgroup_sysctl",
  "sock_ops",
  "ext",
  "netfilter",
]);

/** Capabilities that BPF_PROG_LOAD asks for (Linux 5.8 and later; before, all of them are CAP_SYS_ADMIN). */
export function programNeeds(type: ProgramType): string[] {
  const needs = ["CAP_BPF"];
  if (perfmon.has(type)) needs.push("CAP_PERFMON");
  if (netAdmin.has(type)) needs.push("CAP_NET_ADMIN");
  return needs;
}

/** Capabilities that BPF_MAP_CREATE asks for (map_create in kernel/bpf/syscall.c). */
export function mapNeeds(type: MapType): string[] {
  switch (type) {
    case "sockmap":
    case "sockhash":
    case "devmap":
    case "devmap_hash":
    case "xskmap":
      return ["CAP_BPF", "CAP_NET_ADMIN"];
    default:
      return ["CAP_BPF"];
  }
}
