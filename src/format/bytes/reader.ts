import { MalformedError } from "../../errors.ts";
import { decodeUtf8 } from "./utf8.ts";

/**
 * Bounded reads over a byte array in a given byte order. Every read outside the bytes is a
 * {@link MalformedError} with the offset; nothing is copied.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, littleEndian = true) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    // A Buffer is a slice of an 8 KiB pool: byteOffset matters (RULES 82).
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Unsigned 8 bits at `offset`. */
  u8(offset: number): number {
    this.need(offset, 1);
    return this.view.getUint8(offset);
  }

  /** Unsigned 16 bits at `offset`. */
  u16(offset: number): number {
    this.need(offset, 2);
    return this.view.getUint16(offset, this.littleEndian);
  }

  /** Signed 16 bits at `offset`. */
  i16(offset: number): number {
    this.need(offset, 2);
    return this.view.getInt16(offset, this.littleEndian);
  }

  /** Unsigned 32 bits at `offset`. */
  u32(offset: number): number {
    this.need(offset, 4);
    return this.view.getUint32(offset, this.littleEndian);
  }

  /** Signed 32 bits at `offset`. */
  i32(offset: number): number {
    this.need(offset, 4);
    return this.view.getInt32(offset, this.littleEndian);
  }

  /** Unsigned 64 bits at `offset`. */
  u64(offset: number): bigint {
    this.need(offset, 8);
    return this.view.getBigUint64(offset, this.littleEndian);
  }

  /** A 64-bit size or offset as a number; beyond 2^53 it cannot be a place in any input. */
  size(offset: number): number {
    this.need(offset, 8);
    // Two halves instead of a bigint: symbol tables have hundreds of thousands of these.
    const first = this.view.getUint32(offset, this.littleEndian);
    const second = this.view.getUint32(offset + 4, this.littleEndian);
    const high = this.littleEndian ? second : first;
    if (high > 0x1fffff) {
      throw new MalformedError("a 64-bit size below 2^53", `0x${this.u64(offset).toString(16)}`, offset);
    }
    return high * 0x1_0000_0000 + (this.littleEndian ? first : second);
  }

  /** A view of `length` bytes at `offset`, not a copy. */
  slice(offset: number, length: number): Uint8Array {
    this.need(offset, length);
    return this.bytes.subarray(offset, offset + length);
  }

  /** The UTF-8 text from `offset` up to a NUL byte, which must come before `end` (default: the end). */
  cString(offset: number, end: number = this.length): string {
    this.need(offset, 0);
    const stop = this.bytes.indexOf(0, offset);
    if (stop < 0 || stop >= end) {
      throw new MalformedError("a NUL-terminated string", `${end - offset} bytes without NUL`, offset);
    }
    return decodeUtf8(this.bytes.subarray(offset, stop));
  }

  private need(offset: number, length: number): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.bytes.length)) {
      throw new MalformedError(`${length} bytes`, `the end at ${this.bytes.length}`, offset);
    }
  }
}
