export * from "./types.ts";
export { memoryOf } from "./memory.ts";
export { buildCodec, type CodecOptions } from "./build-codec.ts";
export { toJson, type JsonValue } from "./json.ts";
export * as codecSupport from "./support.ts";
export { SourceWriter } from "./generate-source.ts";
export type { TypedNames } from "./source-text.ts";
export { shapeKey } from "./generate-decode.ts";
export { shapeOf, type CompositeShape, type EnumShape, type Field, type Shape } from "./shape.ts";
