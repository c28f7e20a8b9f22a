import { argumentError } from "../../errors.ts";
import type { Memory } from "./types.ts";

/**
 * Views of a buffer (or of a part of it) for codecs; they share its bytes. `byteOffset` must be a multiple of 8:
 * BigUint64Array asks for it. Bytes behind the last whole word are seen by the narrow views only.
 */
export function memoryOf(
  buffer: ArrayBufferLike,
  byteOffset = 0,
  byteLength: number = buffer.byteLength - byteOffset,
): Memory {
  if (byteOffset % 8 !== 0) {
    throw argumentError(
      `expected a byte offset that is a multiple of 8, found ${byteOffset}`,
      "copy the bytes into a new ArrayBuffer: a Buffer may be a slice of a pool at any offset",
    );
  }
  if (!(byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= buffer.byteLength)) {
    throw argumentError(
      `expected a part of ${buffer.byteLength} bytes, found ${byteLength} bytes at ${byteOffset}`,
    );
  }
  // One literal: all memories have the same hidden class, so that the loads in the decoders stay monomorphic.
  return {
    u8: new Uint8Array(buffer, byteOffset, byteLength),
    i8: new Int8Array(buffer, byteOffset, byteLength),
    u16: new Uint16Array(buffer, byteOffset, byteLength >>> 1),
    i16: new Int16Array(buffer, byteOffset, byteLength >>> 1),
    u32: new Uint32Array(buffer, byteOffset, byteLength >>> 2),
    i32: new Int32Array(buffer, byteOffset, byteLength >>> 2),
    u64: new BigUint64Array(buffer, byteOffset, byteLength >>> 3),
    i64: new BigInt64Array(buffer, byteOffset, byteLength >>> 3),
    f32: new Float32Array(buffer, byteOffset, byteLength >>> 2),
    f64: new Float64Array(buffer, byteOffset, byteLength >>> 3),
  };
}
