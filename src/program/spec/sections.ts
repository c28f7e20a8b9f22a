import { flags as bpfFlags, type AttachType, type ProgramType } from "../../format/abi/index.ts";
import type { AttachKind, SectionDefinition } from "./types.ts";

// What a row may say beside its types, as in libbpf's enum sec_def_flags.
/** The kernel may not know the expected attach type (RULES 49). */
const OPTIONAL = 1;
/** The target is a BTF id that BPF_PROG_LOAD needs. */
const BTF = 2;
const SLEEPABLE = 4;
const FRAGS = 8;

/**
 * The section names of libbpf 1.8, in its order: the first match wins (RULES 5). One difference in meaning:
 * `attach` also names kinds that need to be told a device, a cgroup or a network namespace first.
 */
export const sectionDefinitions: readonly SectionDefinition[] = [
  row("socket", "socket_filter", undefined, "none"),
  row("sk_reuseport/migrate", "sk_reuseport", "sk_reuseport_select_or_migrate", "none"),
  row("sk_reuseport", "sk_reuseport", "sk_reuseport_select", "none"),
  row("kprobe+", "kprobe", undefined, "kprobe"),
  row("uprobe+", "kprobe", undefined, "uprobe"),
  row("uprobe.s+", "kprobe", undefined, "uprobe", SLEEPABLE),
  row("kretprobe+", "kprobe", undefined, "kretprobe"),
  row("uretprobe+", "kprobe", undefined, "uretprobe"),
  row("uretprobe.s+", "kprobe", undefined, "uretprobe", SLEEPABLE),
  row("kprobe.multi+", "kprobe", "trace_kprobe_multi", "kprobe_multi"),
  row("kretprobe.multi+", "kprobe", "trace_kprobe_multi", "kprobe_multi"),
  row("kprobe.session+", "kprobe", "trace_kprobe_session", "kprobe_multi"),
  row("uprobe.multi+", "kprobe", "trace_uprobe_multi", "uprobe_multi"),
  row("uretprobe.multi+", "kprobe", "trace_uprobe_multi", "uprobe_multi"),
  row("uprobe.session+", "kprobe", "trace_uprobe_session", "uprobe_multi"),
  row("uprobe.multi.s+", "kprobe", "trace_uprobe_multi", "uprobe_multi", SLEEPABLE),
  row("uretprobe.multi.s+", "kprobe", "trace_uprobe_multi", "uprobe_multi", SLEEPABLE),
  row("uprobe.session.s+", "kprobe", "trace_uprobe_session", "uprobe_multi", SLEEPABLE),
  row("ksyscall+", "kprobe", undefined, "ksyscall"),
  row("kretsyscall+", "kprobe", undefined, "ksyscall"),
  row("usdt+", "kprobe", undefined, "usdt"),
  row("usdt.s+", "kprobe", undefined, "usdt", SLEEPABLE),
  row("tc/ingress", "sched_cls", "tcx_ingress", "tcx"),
  row("tc/egress", "sched_cls", "tcx_egress", "tcx"),
  row("tcx/ingress", "sched_cls", "tcx_ingress", "tcx"),
  row("tcx/egress", "sched_cls", "tcx_egress", "tcx"),
  row("tc", "sched_cls", undefined, "none"),
  row("classifier", "sched_cls", undefined, "none"),
  row("action", "sched_act", undefined, "none"),
  row("netkit/primary", "sched_cls", "netkit_primary", "netkit"),
  row("netkit/peer", "sched_cls", "netkit_peer", "netkit"),
  row("tracepoint+", "tracepoint", undefined, "tracepoint"),
  row("tp+", "tracepoint", undefined, "tracepoint"),
  row("tracepoint.s+", "tracepoint", undefined, "tracepoint", SLEEPABLE),
  row("tp.s+", "tracepoint", undefined, "tracepoint", SLEEPABLE),
  row("raw_tracepoint+", "raw_tracepoint", undefined, "raw_tracepoint"),
  row("raw_tp+", "raw_tracepoint", undefined, "raw_tracepoint"),
  row("raw_tracepoint.s+", "raw_tracepoint", undefined, "raw_tracepoint", SLEEPABLE),
  row("raw_tp.s+", "raw_tracepoint", undefined, "raw_tracepoint", SLEEPABLE),
  row("raw_tracepoint.w+", "raw_tracepoint_writable", undefined, "raw_tracepoint"),
  row("raw_tp.w+", "raw_tracepoint_writable", undefined, "raw_tracepoint"),
  row("tp_btf+", "tracing", "trace_raw_tp", "tracing", BTF),
  row("tp_btf.s+", "tracing", "trace_raw_tp", "tracing", BTF | SLEEPABLE),
  row("fentry+", "tracing", "trace_fentry", "tracing", BTF),
  row("fmod_ret+", "tracing", "modify_return", "tracing", BTF),
  row("fexit+", "tracing", "trace_fexit", "tracing", BTF),
  row("fentry.s+", "tracing", "trace_fentry", "tracing", BTF | SLEEPABLE),
  row("fmod_ret.s+", "tracing", "modify_return", "tracing", BTF | SLEEPABLE),
  row("fexit.s+", "tracing", "trace_fexit", "tracing", BTF | SLEEPABLE),
  row("fsession+", "tracing", "trace_fsession", "tracing", BTF),
  row("fsession.s+", "tracing", "trace_fsession", "tracing", BTF | SLEEPABLE),
  row("fsession.multi+", "tracing", "trace_fsession_multi", "tracing_multi"),
  row("fsession.multi.s+", "tracing", "trace_fsession_multi", "tracing_multi", SLEEPABLE),
  row("fentry.multi+", "tracing", "trace_fentry_multi", "tracing_multi"),
  row("fexit.multi+", "tracing", "trace_fexit_multi", "tracing_multi"),
  row("fentry.multi.s+", "tracing", "trace_fentry_multi", "tracing_multi", SLEEPABLE),
  row("fexit.multi.s+", "tracing", "trace_fexit_multi", "tracing_multi", SLEEPABLE),
  row("freplace+", "ext", undefined, "tracing", BTF),
  row("lsm+", "lsm", "lsm_mac", "lsm", BTF),
  row("lsm.s+", "lsm", "lsm_mac", "lsm", BTF | SLEEPABLE),
  row("lsm_cgroup+", "lsm", "lsm_cgroup", "cgroup", BTF),
  row("iter+", "tracing", "trace_iter", "iter", BTF),
  row("iter.s+", "tracing", "trace_iter", "iter", BTF | SLEEPABLE),
  row("syscall", "syscall", undefined, "none", SLEEPABLE),
  row("xdp.frags/devmap", "xdp", "xdp_devmap", "none", FRAGS),
  row("xdp/devmap", "xdp", "xdp_devmap", "none"),
  row("xdp.frags/cpumap", "xdp", "xdp_cpumap", "none", FRAGS),
  row("xdp/cpumap", "xdp", "xdp_cpumap", "none"),
  row("xdp.frags", "xdp", "xdp", "xdp", FRAGS),
  row("xdp", "xdp", "xdp", "xdp", OPTIONAL),
  row("perf_event", "perf_event", undefined, "none"),
  row("lwt_in", "lwt_in", undefined, "none"),
  row("lwt_out", "lwt_out", undefined, "none"),
  row("lwt_xmit", "lwt_xmit", undefined, "none"),
  row("lwt_seg6local", "lwt_seg6local", undefined, "none"),
  row("sockops", "sock_ops", "cgroup_sock_ops", "cgroup", OPTIONAL),
  row("sk_skb/stream_parser", "sk_skb", "sk_skb_stream_parser", "none", OPTIONAL),
  row("sk_skb/stream_verdict", "sk_skb", "sk_skb_stream_verdict", "none", OPTIONAL),
  row("sk_skb/verdict", "sk_skb", "sk_skb_verdict", "none", OPTIONAL),
  row("sk_skb", "sk_skb", undefined, "none"),
  row("sk_msg", "sk_msg", "sk_msg_verdict", "none", OPTIONAL),
  row("lirc_mode2", "lirc_mode2", "lirc_mode2", "none", OPTIONAL),
  row("flow_dissector", "flow_dissector", "flow_dissector", "none", OPTIONAL),
  row("cgroup_skb/ingress", "cgroup_skb", "cgroup_inet_ingress", "cgroup", OPTIONAL),
  row("cgroup_skb/egress", "cgroup_skb", "cgroup_inet_egress", "cgroup", OPTIONAL),
  row("cgroup/skb", "cgroup_skb", undefined, "cgroup"),
  row("cgroup/sock_create", "cgroup_sock", "cgroup_inet_sock_create", "cgroup"),
  row("cgroup/sock_release", "cgroup_sock", "cgroup_inet_sock_release", "cgroup"),
  row("cgroup/sock", "cgroup_sock", "cgroup_inet_sock_create", "cgroup", OPTIONAL),
  row("cgroup/post_bind4", "cgroup_sock", "cgroup_inet4_post_bind", "cgroup"),
  row("cgroup/post_bind6", "cgroup_sock", "cgroup_inet6_post_bind", "cgroup"),
  row("cgroup/bind4", "cgroup_sock_addr", "cgroup_inet4_bind", "cgroup"),
  row("cgroup/bind6", "cgroup_sock_addr", "cgroup_inet6_bind", "cgroup"),
  row("cgroup/connect4", "cgroup_sock_addr", "cgroup_inet4_connect", "cgroup"),
  row("cgroup/connect6", "cgroup_sock_addr", "cgroup_inet6_connect", "cgroup"),
  row("cgroup/connect_unix", "cgroup_sock_addr", "cgroup_unix_connect", "cgroup"),
  row("cgroup/sendmsg4", "cgroup_sock_addr", "cgroup_udp4_sendmsg", "cgroup"),
  row("cgroup/sendmsg6", "cgroup_sock_addr", "cgroup_udp6_sendmsg", "cgroup"),
  row("cgroup/sendmsg_unix", "cgroup_sock_addr", "cgroup_unix_sendmsg", "cgroup"),
  row("cgroup/recvmsg4", "cgroup_sock_addr", "cgroup_udp4_recvmsg", "cgroup"),
  row("cgroup/recvmsg6", "cgroup_sock_addr", "cgroup_udp6_recvmsg", "cgroup"),
  row("cgroup/recvmsg_unix", "cgroup_sock_addr", "cgroup_unix_recvmsg", "cgroup"),
  row("cgroup/getpeername4", "cgroup_sock_addr", "cgroup_inet4_getpeername", "cgroup"),
  row("cgroup/getpeername6", "cgroup_sock_addr", "cgroup_inet6_getpeername", "cgroup"),
  row("cgroup/getpeername_unix", "cgroup_sock_addr", "cgroup_unix_getpeername", "cgroup"),
  row("cgroup/getsockname4", "cgroup_sock_addr", "cgroup_inet4_getsockname", "cgroup"),
  row("cgroup/getsockname6", "cgroup_sock_addr", "cgroup_inet6_getsockname", "cgroup"),
  row("cgroup/getsockname_unix", "cgroup_sock_addr", "cgroup_unix_getsockname", "cgroup"),
  row("cgroup/sysctl", "cgroup_sysctl", "cgroup_sysctl", "cgroup"),
  row("cgroup/getsockopt", "cgroup_sockopt", "cgroup_getsockopt", "cgroup"),
  row("cgroup/setsockopt", "cgroup_sockopt", "cgroup_setsockopt", "cgroup"),
  row("cgroup/dev", "cgroup_device", "cgroup_device", "cgroup", OPTIONAL),
  row("struct_ops+", "struct_ops", undefined, "struct_ops"),
  row("struct_ops.s+", "struct_ops", undefined, "struct_ops", SLEEPABLE),
  row("sk_lookup", "sk_lookup", "sk_lookup", "sk_lookup"),
  row("netfilter", "netfilter", "netfilter", "netfilter"),
];

/** A section name taken apart: `SEC("?kprobe/do_exit")`. */
export interface SectionName {
  /** Without a leading `?` (RULES 4). */
  readonly name: string;
  /** false after `?`. */
  readonly autoload: boolean;
  readonly definition: SectionDefinition | undefined;
  /** `do_exit`; undefined where nothing follows the prefix. */
  readonly target: string | undefined;
}

/** Looks a section name up in {@link sectionDefinitions}; an unknown name has no definition. */
export function parseSectionName(section: string): SectionName {
  const autoload = !section.startsWith("?");
  const name = autoload ? section : section.slice(1);
  const definition = sectionDefinitions.find((row) => matches(row.pattern, name));
  // The `+` of a pattern stands where the slash of the name is.
  const target = definition === undefined ? "" : name.slice(definition.pattern.length);
  return { name, autoload, definition, target: target === "" ? undefined : target };
}

/** `BPF_F_*` of BPF_PROG_LOAD that a definition implies. */
export function programFlags(definition: SectionDefinition | undefined): number {
  if (definition === undefined) return 0;
  return (
    (definition.sleepable ? bpfFlags.BPF_F_SLEEPABLE : 0) |
    (definition.frags ? bpfFlags.BPF_F_XDP_HAS_FRAGS : 0)
  );
}

/** RULES 5: `x+` is `x` or `x/…` but never `xfoo`; a trailing `/` is a prefix; all else is exact. */
function matches(pattern: string, name: string): boolean {
  if (pattern.endsWith("/")) return name.startsWith(pattern);
  if (!pattern.endsWith("+")) return name === pattern;
  const stem = pattern.slice(0, -1);
  return name === stem || name.startsWith(`${stem}/`);
}

function row(
  pattern: string,
  type: ProgramType,
  expectedAttachType: AttachType | undefined,
  attach: AttachKind,
  marks = 0,
): SectionDefinition {
  return {
    pattern,
    type,
    expectedAttachType,
    attachTypeOptional: (marks & OPTIONAL) !== 0,
    attachBtf: (marks & BTF) !== 0,
    sleepable: (marks & SLEEPABLE) !== 0,
    frags: (marks & FRAGS) !== 0,
    attach,
  };
}
