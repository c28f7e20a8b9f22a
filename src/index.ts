// The run-time API: read an object, load it, attach it, read its events. Re-exports only.
export * from "./errors.ts";

// Reading, without a machine.
export {
  readObject,
  specToJson,
  type Json,
  type ReadObjectOptions,
  type SpecJsonOptions,
} from "./program/spec/index.ts";
export type * from "./program/spec/types.ts";
export type * from "./program/spec/object-types.ts";
export { readBtf, printC, printType, typeName, type ReadBtfOptions } from "./format/btf/index.ts";
export type * from "./format/btf/types.ts";
export { disassemble, type DisassembleOptions } from "./format/insn/index.ts";
export { describeUsdtArgument } from "./format/usdt/index.ts";
export type * from "./format/usdt/types.ts";
export {
  buildCodec,
  codecSupport,
  cursorLength,
  cursorOffset,
  memoryOf,
  toJson,
  type Codec,
  type CodecOptions,
  type Cursor,
  type JsonValue,
  type Memory,
} from "./program/codec/index.ts";
export type { AttachType, CoreRelocationKind, MapType, ProgramType } from "./format/abi/index.ts";

// Loading, attaching, reading events.
export * from "./kernel/index.ts";
