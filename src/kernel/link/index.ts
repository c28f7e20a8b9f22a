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
export {
  attachUprobeMulti,
  attachUprobePlaces,
  hasUprobeMulti,
  type UprobeMultiOptions,
  type UprobeMultiTarget,
} from "./uprobe-multi.ts";
export { attachKprobe, type KprobeOptions } from "./kprobe.ts";
export { attachKprobeMulti } from "./kprobe-multi.ts";
export { attachKsyscall } from "./ksyscall.ts";
export type { MultiOptions } from "./multi.ts";
export { attachXdp, type XdpMode, type XdpOptions } from "./xdp.ts";
export type { ProbeAttachMode } from "./probe.ts";
export { attachTrace } from "./trace.ts";
export { attachStructOps } from "./struct-ops.ts";
export { autoAttach, isFileProbe, type SectionAttachOptions } from "./auto-attach.ts";
