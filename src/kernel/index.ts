// The door of the kernel floor: what a user of this machine's BPF needs.
export {
  embeddedObject,
  loadObject,
  openPinnedLink,
  openPinnedMap,
  openPinnedProgram,
  readObjectBytes,
  readObjectFile,
  symbolOffset,
  BpfMap,
  LoadedObject,
  Program,
  type AttachAllOptions,
  type EmbeddedObject,
  type EmbeddedSource,
  type LoadOptions,
  type MachineOptions,
  type MapsOf,
  type ObjectSource,
  type SymbolOffsetOptions,
  type UprobeAttachOptions,
} from "./api/index.ts";
export {
  Link,
  type AttachOptions,
  type ProbeAttachMode,
  type UprobeOptions,
  type UprobePlace,
} from "./link/index.ts";
export type {
  EventMetrics,
  EventReader,
  EventReaderOptions,
  PerfBufferOptions,
  ReadOptions,
  RecordMemory,
  Subscription,
} from "./events/index.ts";
export type {
  HasFd,
  LinkInfo,
  LoadSettings,
  MapInfo,
  MapOptions,
  ProgramInfo,
  SetOptions,
} from "./object/index.ts";
export { nativeHost, type Host, type NativeHostOptions, type Privileges } from "./host/index.ts";
export {
  nativeKernel,
  type Kernel,
  type NativeKernelOptions,
  type Reference,
  type Watch,
} from "./sys/index.ts";
