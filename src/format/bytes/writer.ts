import { encodeUtf8 } from "./utf8.ts";

/** A growing byte array in a given byte order. Values are truncated to the width of the method's name. */
export class ByteWriter {
  readonly littleEndian: boolean;
  private buffer = new Uint8Array(256);
  private view = new DataView(this.buffer.buffer);
  private end = 0;

  constructor(littleEndian = true) {
    this.littleEndian = littleEndian;
  }

  /** Bytes written so far: the offset of the next write. */
  get length(): number {
    return this.end;
  }

  u8(value: number): this {
    const at = this.grow(1); // before the view is read: growing replaces it
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.grow(2);
    this.view.setUint16(at, value, this.littleEndian);
    return this;
  }

  u32(value: number): this {
    const at = this.grow(4);
    this.view.setUint32(at, value, this.littleEndian);
    return this;
  }

  u64(value: bigint): this {
    const at = this.grow(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value), this.littleEndian);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.grow(value.length);
    this.buffer.set(value, at);
    return this;
  }

  /** UTF-8 with a NUL at the end. */
  cString(text: string): this {
    return this.bytes(encodeUtf8(text)).u8(0);
  }

  /** Zero bytes up to a multiple of `alignment`. */
  align(alignment: number): this {
    this.grow((alignment - (this.end % alignment)) % alignment);
    return this;
  }

  /** Overwrites 32 bits at an offset written before. */
  patchU32(offset: number, value: number): this {
    this.view.setUint32(offset, value, this.littleEndian);
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.end);
  }

  private grow(count: number): number {
    const start = this.end;
    this.end += count;
    if (this.end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.end, this.buffer.length * 2));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return start;
  }
}
