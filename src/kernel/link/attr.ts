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
