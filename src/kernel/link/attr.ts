import { attachTypes, encodeStruct, perfTypeId, structs, type AttachType } from "../../format/abi/index.ts";
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
