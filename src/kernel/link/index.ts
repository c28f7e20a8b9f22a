export { Link } from "./link.ts";
export type { AttachHooks, AttachOptions } from "./attachable.ts";
export { attachTracepoint } from "./tracepoint.ts";
export { attachRawTracepoint } from "./raw-tracepoint.ts";
export {
  attachUprobe,
  attachUprobePlace,
  type UprobeOptions,
  type UprobeRequest,
  type UprobeTarget,
} from "./uprobe.ts";
export { parsePlace, placeText, type UprobePlace } from "./uprobe-place.ts";
export type { ProbeAttachMode } from "./probe.ts";
export { attachTrace } from "./trace.ts";
export { attachStructOps } from "./struct-ops.ts";
export { autoAttach } from "./auto-attach.ts";
