export { bpfCall, callBpf, cString, type BpfCall } from "./bpf-call.ts";
export { Errno } from "./errno.ts";
export { explain, type Situation } from "./explain.ts";
export { OwnedFd } from "./owned-fd.ts";
export {
  readLinkInfo,
  readMapInfo,
  readProgramInfo,
  type LinkInfo,
  type MapInfo,
  type ProgramInfo,
} from "./info.ts";
export { ElementMap, type MapParts, type SetOptions } from "./element-map.ts";
export type { HasFd } from "./element-codecs.ts";
export { mapCodecs } from "./map-codecs.ts";
export { readMapTypes } from "./loaded-btf.ts";
export { LoadedProgram, type ProgramParts } from "./loaded-program.ts";
export { missingPin, openPin, pinObject, unpinObject } from "./pins.ts";
export { loadParts, type LoadedParts } from "./load.ts";
export type { MadeMap } from "./load-maps.ts";
export type { LoadSettings, MapOptions } from "./load-options.ts";
export type { StructOpsLayout } from "./struct-ops-layout.ts";
export { namedRecord } from "./named-record.ts";
export { Variables } from "./variables.ts";
export { mapElementCall } from "./attr-map.ts";
export { basicAbilities, furtherAbilities, mayOpenUprobes, type Ability } from "./abilities.ts";
export { bpffsRefusal, defaultPinRoot, tracefsRefusal } from "./mount-refusals.ts";
export { programNeeds } from "./privilege-needs.ts";
export {
  capabilityRefusal,
  lockdownRefusal,
  memlockRefusal,
  seccompRefusal,
  userNamespaceRefusal,
  type Refusal,
} from "./refusals.ts";
export { featuresOf } from "./features.ts";
