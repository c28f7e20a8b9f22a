import {
  attachTypes,
  encodeStruct,
  fieldOffset,
  perfTypeId,
  structs,
  type AttachType,
} from "../../format/abi/index.ts";
import type { ProbeEvents, ProbeKind } from "../host/index.ts";
import type { Reference } from "../sys/index.ts";
import { bpfCall, cString, type BpfCall } from "../object/index.ts";

/** `target`: the fd of what is attached to; 0 for programs whose place is known since their load. */
export function linkCreateCall(
  program: number,
  target: number,
  type: AttachType,
  fields: { readonly "perf_event.bpf_cookie"?: bigint; readonly "tracing.cookie"?: bigint } = {},
): BpfCall {
  return bpfCall("BPF_LINK_CREATE", structs.bpfAttrLinkCreate, {
    prog_fd: program,
    target_fd: target,
    attach_type: attachTypes.indexOf(type),
    ...fields,
  });
}

/** `name` undefined: the place is known since the program's load (RULES 65). */
export function rawTracepointOpenCall(program: number, name: string | undefined, cookie = 0n): BpfCall {
  return bpfCall(
    "BPF_RAW_TRACEPOINT_OPEN",
    structs.bpfAttrRawTracepoint,
    { prog_fd: program, cookie },
    { name: name === undefined ? undefined : cString(name) },
  );
}

/** struct perf_event_attr of a tracepoint. */
export function tracepointEventAttr(id: number): Uint8Array {
  return encodeStruct(structs.perfEventAttr, {
    type: perfTypeId.PERF_TYPE_TRACEPOINT,
    size: structs.perfEventAttr.size,
    config: id,
  });
}

/** What {@link probeEventAttr} needs of a probe. */
export interface ProbeFields {
  readonly kind: ProbeKind;
  /** Function or path. */
  readonly name: string;
  readonly offset: number;
  readonly isReturn: boolean;
  readonly refCtrOffset?: number | undefined;
}

/** struct perf_event_attr of a probe's PMU: name or path behind `config1`, offset in `config2` (RULES 54). */
export function probeEventAttr(
  { kind, name, offset, isReturn, refCtrOffset = 0 }: ProbeFields,
  { type, returnBit, refCtrShift = 32 }: ProbeEvents,
): { readonly attr: Uint8Array; readonly references: readonly Reference[] } {
  const layout = structs.perfEventAttr;
  const config = (isReturn ? 1n << BigInt(returnBit) : 0n) | (BigInt(refCtrOffset) << BigInt(refCtrShift));
  const pointer = fieldOffset(layout, kind === "kprobe" ? "kprobe_func" : "uprobe_path");
  return {
    attr: encodeStruct(layout, { type, size: layout.size, config, config2: offset }),
    references: [{ offset: pointer, buffer: cString(name) }],
  };
}

/** Places of {@link kprobeMultiCall}: names, or addresses, which go first. */
export interface KprobeMultiFields {
  readonly names: readonly string[];
  readonly addresses?: readonly bigint[] | undefined;
  readonly cookies?: readonly bigint[] | undefined;
  readonly flags?: number;
}

/** BPF_LINK_CREATE of kernel functions. */
export function kprobeMultiCall(
  program: number,
  type: AttachType,
  { names, addresses, cookies, flags = 0 }: KprobeMultiFields,
): BpfCall {
  const count = addresses?.length ?? names.length;
  const table = addresses === undefined ? new Uint8Array(names.length * 8) : undefined;
  const call = bpfCall(
    "BPF_LINK_CREATE",
    structs.bpfAttrLinkCreate,
    {
      prog_fd: program,
      attach_type: attachTypes.indexOf(type),
      "kprobe_multi.cnt": count,
      "kprobe_multi.flags": flags,
    },
    {
      "kprobe_multi.syms": table,
      "kprobe_multi.addrs": addresses === undefined ? undefined : words(addresses),
      "kprobe_multi.cookies": cookies === undefined ? undefined : words(cookies),
    },
  );
  if (table === undefined) return call;
  // The table of names is the first buffer: its entries point to the names.
  const pointers = names.map((name, index) => ({ offset: index * 8, buffer: cString(name), inside: 0 }));
  return { ...call, references: [...call.references, ...pointers] };
}

/** Places of {@link uprobeMultiCall}. */
export interface UprobeMultiFields {
  readonly path: string;
  readonly offsets: readonly number[];
  readonly refCtrOffsets?: readonly number[] | undefined;
  readonly cookies?: readonly bigint[] | undefined;
  /** 0: all processes, unlike everywhere else (RULES 54). */
  readonly pid: number;
  readonly flags: number;
}

/** BPF_LINK_CREATE of places in a file. */
export function uprobeMultiCall(
  program: number,
  type: AttachType,
  { path, offsets, refCtrOffsets, cookies, pid, flags }: UprobeMultiFields,
): BpfCall {
  return bpfCall(
    "BPF_LINK_CREATE",
    structs.bpfAttrLinkCreate,
    {
      prog_fd: program,
      attach_type: attachTypes.indexOf(type),
      "uprobe_multi.cnt": offsets.length,
      "uprobe_multi.flags": flags,
      "uprobe_multi.pid": pid,
    },
    {
      "uprobe_multi.path": cString(path),
      "uprobe_multi.offsets": words(offsets.map(BigInt)),
      "uprobe_multi.ref_ctr_offsets":
        refCtrOffsets === undefined ? undefined : words(refCtrOffsets.map(BigInt)),
      "uprobe_multi.cookies": cookies === undefined ? undefined : words(cookies),
    },
  );
}

/** BPF_LINK_CREATE of a network interface; `flags`: how XDP runs there. */
export function xdpLinkCall(program: number, ifindex: number, flags: number): BpfCall {
  return bpfCall("BPF_LINK_CREATE", structs.bpfAttrLinkCreate, {
    prog_fd: program,
    target_ifindex: ifindex,
    attach_type: attachTypes.indexOf("xdp"),
    flags,
  });
}

/** 64-bit words in the machine's order. */
function words(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, value)).buffer);
}
