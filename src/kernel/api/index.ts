export type { MachineOptions } from "./default-machine.ts";
export { Program, type AppliedRelocation } from "./program.ts";
export type * from "./probe-options.ts";
export { symbolOffset, type SymbolOffsetOptions } from "./symbol-offset.ts";
export { processUsdtPoints, usdtPoints, type UsdtPointInfo, type UsdtPointsOptions } from "./usdt-points.ts";
export { BpfMap } from "./bpf-map.ts";
export { LoadedObject, type AttachAllOptions, type MapsOf } from "./loaded-object.ts";
export {
  embeddedObject,
  loadObject,
  readObjectBytes,
  readObjectFile,
  type EmbeddedObject,
  type EmbeddedSource,
  type LoadOptions,
  type ObjectSource,
} from "./object-source.ts";
export { openPinnedLink, openPinnedMap, openPinnedProgram } from "./open-pinned.ts";
