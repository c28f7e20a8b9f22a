import { encodeUtf8 } from "../format/bytes/index.ts";
import { attachTypes, bpfFuncId, structs, type AttachType } from "../format/abi/index.ts";
import type { Reference } from "../kernel/sys/index.ts";
import { asciiOf, Attr } from "./attr.ts";
import { errno } from "./errno.ts";
import type { FakeObject } from "./fd-table.ts";
import { FakeLink, type LinkTarget } from "./link.ts";
import type { Machine } from "./machine.ts";
import { FakeMap } from "./map.ts";
import { PerfEvent } from "./perf-event.ts";
import {
  attachTypeName,
  FakeBtf,
  FakeProgram,
  helperCalls,
  mapReferences,
  programTypeName,
  type ProgramRequest,
  type Refusal,
} from "./program.ts";

const BTF_MAGIC = 0xeb9f;
/** Above this a number is not a helper of the future but a mark that relocation left (RULES 34). */
const LARGEST_HELPER = Math.max(...Object.values(bpfFuncId)) + 1000;

/** BPF_PROG_LOAD. What it verifies: fds, the helpers' age, the hook. */
export function loadProgram(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrProgLoad, bytes, references);
  if (attr.hasUnknownTail() || attr.nonZeroFields().some((field) => !machine.version.hasField(field))) {
    // BPF_PROG_LOAD has the longest attr: fields that a kernel does not know lie behind its own.
    return -errno.E2BIG;
  }
  const code = attr.pointer("insns");
  const count = attr.get("insn_cnt");
  const license = attr.pointer("license");
  if (!machine.version.hasProgramType(attr.get("prog_type"))) return -errno.EINVAL;
  if (code === undefined || license === undefined || code.length < count * 8) return -errno.EINVAL;
  if (count === 0 || count > (machine.version.atLeast("5.2") ? 1_000_000 : 4096)) return -errno.E2BIG;
  const btf = attr.get("prog_btf_fd") === 0 ? undefined : machine.fds.get(attr.get("prog_btf_fd"));
  if (attr.get("prog_btf_fd") !== 0 && !(btf instanceof FakeBtf)) return -errno.EINVAL;

  const request: ProgramRequest = {
    name: attr.text("prog_name"),
    type: programTypeName(attr.get("prog_type")),
    expectedAttachType: attachTypeName(attr.get("expected_attach_type")),
    license: asciiOf(license),
    flags: attr.get("prog_flags"),
    code: code.slice(0, count * 8),
    attachBtfId: attr.get("attach_btf_id"),
  };
  const maps = referencedMaps(machine, request.code, attr.pointer("fd_array"));
  const refusal = typeof maps === "number" ? badMap(maps) : verify(machine, request);
  const log = writeLog(attr, refusal?.log ?? "");
  if (refusal !== undefined) return log === 0 ? -(refusal.errno ?? errno.EINVAL) : log;
  if (log !== 0) return log;
  if (typeof maps === "number") return -errno.EBADF;

  for (const map of maps) machine.fds.hold(map);
  const hash = machine.version.atLeast("6.18") ? "sha256" : "sha1";
  const btfId = btf instanceof FakeBtf ? btf.id : 0;
  const program = new FakeProgram(request, maps, btfId, hash, (map) => machine.fds.drop(map));
  return machine.fds.open(machine.programs.add(program));
}

/** The maps, each once; the first fd that is no map's. */
function referencedMaps(
  machine: Machine,
  code: Uint8Array,
  fdArray: Uint8Array | undefined,
): readonly FakeMap[] | number {
  const maps = new Set<FakeMap>();
  const fds = new Int32Array((fdArray ?? new Uint8Array(0)).slice().buffer);
  for (const { fd, indexed } of mapReferences(code)) {
    const real = indexed ? (fds[fd] ?? -1) : fd;
    const map = machine.fds.get(real);
    if (!(map instanceof FakeMap)) return real;
    maps.add(map);
  }
  return [...maps];
}

function badMap(fd: number): Refusal {
  return { errno: errno.EBADF, log: `fd ${fd} is not pointing to valid bpf_map\n` };
}

function verify(machine: Machine, request: ProgramRequest): Refusal | undefined {
  const last = machine.version.lastHelper();
  const unknown = helperCalls(request.code).find((id) => id > last && id < LARGEST_HELPER);
  if (unknown !== undefined) return { log: `invalid func unknown#${unknown}\n` };
  return machine.verify?.(request);
}

/** 0, or -ENOSPC for a log that does not fit. */
function writeLog(attr: Attr<typeof structs.bpfAttrProgLoad>, log: string): number {
  if (attr.get("log_level") === 0) return 0;
  const buffer = attr.pointer("log_buf");
  if (buffer === undefined) return -errno.EINVAL;
  const size = Math.min(attr.get("log_size"), buffer.length);
  const text = encodeUtf8(`${log}\0`);
  buffer.set(text.subarray(0, size));
  attr.set("log_true_size", text.length);
  return text.length > size ? -errno.ENOSPC : 0;
}

/** BPF_BTF_LOAD */
export function loadBtf(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrBtfLoad, bytes, references);
  const btf = attr.pointer("btf")?.slice(0, attr.get("btf_size"));
  if (btf === undefined || btf.length < 24) return -errno.EINVAL;
  if (((btf[1] ?? 0) << 8) + (btf[0] ?? 0) !== BTF_MAGIC) {
    attr.pointer("btf_log_buf")?.set(encodeUtf8("magic mismatch\0"));
    return -errno.EINVAL;
  }
  return machine.fds.open(machine.btfs.add(new FakeBtf(btf)));
}

/** BPF_RAW_TRACEPOINT_OPEN */
export function openRawTracepoint(
  machine: Machine,
  bytes: Uint8Array,
  references: readonly Reference[],
): number {
  const attr = new Attr(structs.bpfAttrRawTracepoint, bytes, references);
  const program = machine.fds.get(attr.get("prog_fd"));
  if (!(program instanceof FakeProgram)) return -errno.EBADF;
  const name = attr.pointer("name");
  const tracing = program.request.type === "tracing" || program.request.type === "lsm";
  if (name === undefined) {
    if (!tracing) return -errno.EINVAL;
  } else {
    if (!program.request.type.startsWith("raw_tracepoint")) return -errno.EINVAL;
    if (!machine.rawTracepoints.has(asciiOf(name))) return -errno.ENOENT;
  }
  return openLink(machine, program, {
    type: tracing ? "tracing" : "raw_tracepoint",
    attachType: tracing ? program.request.expectedAttachType : undefined,
    event: undefined,
    target: 0,
    name: name === undefined ? "" : asciiOf(name),
    cookie: attr.get64("cookie"),
  });
}

/** BPF_LINK_CREATE */
export function createLink(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrLinkCreate, bytes, references);
  const program = machine.fds.get(attr.get("prog_fd"));
  if (!(program instanceof FakeProgram)) return -errno.EBADF;
  const attachType = attachTypes[attr.get("attach_type")];
  if (attachType === undefined) return -errno.EINVAL;
  const target = attr.getSigned("target_fd");
  const common = { attachType, target, name: "" };
  if (attachType === "perf_event") {
    if (!machine.version.atLeast("5.15")) return -errno.EINVAL;
    const event = machine.fds.get(target);
    if (!(event instanceof PerfEvent)) return -errno.EBADF;
    if (event.program !== undefined) return -errno.EEXIST;
    event.program = program;
    machine.fds.hold(event);
    const cookie = attr.get64("perf_event.bpf_cookie");
    return openLink(machine, program, { ...common, type: "perf_event", event, cookie });
  }
  const type = linkTypeOf(attachType);
  if (type === undefined || !machine.version.hasLink(attachType)) return -errno.EINVAL;
  const refusal = refusePlace(machine, program, attachType, attr);
  if (typeof refusal === "number") return refusal;
  const cookie = type === "tracing" ? attr.get64("tracing.cookie") : 0n;
  return openLink(machine, program, { ...common, name: refusal, type, event: undefined, cookie });
}

/** What is attached to, for the list of attachments; -errno for a place that there is not. */
function refusePlace(
  machine: Machine,
  program: FakeProgram,
  attachType: AttachType,
  attr: Attr<typeof structs.bpfAttrLinkCreate>,
): string | number {
  const loadedFor = program.request.expectedAttachType;
  switch (attachType) {
    case "xdp": {
      const index = attr.get("target_ifindex");
      const found = [...machine.interfaces].find(([, one]) => one === index)?.[0];
      if (found === undefined) return -errno.EINVAL;
      const taken = machine.links
        .values()
        .some(
          ({ target, program: other }) =>
            other !== undefined && target.type === "xdp" && target.name === found,
        );
      return taken ? -errno.EBUSY : found;
    }
    case "trace_kprobe_multi":
    case "trace_kprobe_session": {
      if (!machine.hasProbes("kprobe")) return -errno.EOPNOTSUPP;
      if (loadedFor !== attachType) return -errno.EINVAL;
      const count = attr.get("kprobe_multi.cnt");
      if (count === 0) return -errno.EINVAL;
      if (attr.pointer("kprobe_multi.addrs") !== undefined) return `${count} addresses`;
      const names = attr.strings("kprobe_multi.syms");
      if (names.length !== count) return -errno.EFAULT;
      return names.every((name) => machine.canProbe({ kind: "kprobe", name }))
        ? names.join(",")
        : -errno.ESRCH;
    }
    case "trace_uprobe_multi":
    case "trace_uprobe_session": {
      if (!machine.hasProbes("uprobe")) return -errno.EOPNOTSUPP;
      if (loadedFor !== attachType) return -errno.EINVAL;
      // Releases before this one took the id for a thread's, and any number for an id.
      const checksPid = machine.version.atLeast("6.10");
      if (checksPid && attr.getSigned("uprobe_multi.pid") < 0) return -errno.EINVAL;
      const path = asciiOf(attr.pointer("uprobe_multi.path") ?? new Uint8Array(0));
      if (path === "/") return -errno.EBADF;
      if (!machine.canProbe({ kind: "uprobe", name: path })) return -errno.ENOENT;
      const offsets = new BigUint64Array(
        (attr.pointer("uprobe_multi.offsets") ?? new Uint8Array(0)).slice().buffer,
      );
      if (offsets.length === 0 || offsets.length !== attr.get("uprobe_multi.cnt")) return -errno.EINVAL;
      return `${path}:${[...offsets].map((offset) => `0x${offset.toString(16)}`).join(",")}`;
    }
    default:
      return "";
  }
}

/** BPF_LINK_DETACH: only for links whose target outlives them. */
export function detachLink(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrLinkDetach, bytes, references);
  const link = machine.fds.get(attr.get("link_fd"));
  if (!(link instanceof FakeLink)) return -errno.EBADF;
  const detachable = ["cgroup", "netns", "xdp", "tcx", "netkit", "struct_ops"].includes(link.target.type);
  if (!detachable) return -errno.EOPNOTSUPP;
  link.detach();
  return 0;
}

/** BPF_LINK_UPDATE */
export function updateLink(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrLinkUpdate, bytes, references);
  const link = machine.fds.get(attr.get("link_fd"));
  const program = machine.fds.get(attr.get("new_prog_fd"));
  if (!(link instanceof FakeLink) || !(program instanceof FakeProgram)) return -errno.EBADF;
  link.detach();
  machine.fds.hold(program);
  link.program = program;
  return 0;
}

/** The link holds the program, and the event if there is one. */
function openLink(machine: Machine, program: FakeProgram, target: LinkTarget): number {
  machine.fds.hold(program);
  const drop = (object: FakeObject): void => machine.fds.drop(object);
  return machine.fds.open(machine.links.add(new FakeLink(program, target, drop)));
}

/** First match wins. */
const linkTypes: readonly (readonly [RegExp, LinkTarget["type"]])[] = [
  [/^cgroup_/, "cgroup"],
  [/^trace_kprobe/, "kprobe_multi"],
  [/^trace_uprobe/, "uprobe_multi"],
  [/^trace_.*_multi$/, "tracing_multi"],
  [/^trace_iter$/, "iter"],
  [/^(trace_|modify_return|lsm_)/, "tracing"],
  [/^tcx_/, "tcx"],
  [/^netkit_/, "netkit"],
  [/^xdp$/, "xdp"],
  [/^netfilter$/, "netfilter"],
  [/^struct_ops$/, "struct_ops"],
  [/^(sk_lookup|flow_dissector)$/, "netns"],
];

function linkTypeOf(attachType: string): LinkTarget["type"] | undefined {
  return linkTypes.find(([pattern]) => pattern.test(attachType))?.[1];
}
