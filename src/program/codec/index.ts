export * from "./types.ts";
export { memoryOf } from "./memory.ts";
export { buildCodec, type CodecOptions } from "./build-codec.ts";
export { toJson, type JsonValue } from "./json.ts";
export * as codecSupport from "./support.ts";
