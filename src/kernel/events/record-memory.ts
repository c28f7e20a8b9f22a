/**
 * Reads values out of records in place. The buffers of the kernel are mapped read-only (a write would be a SIGSEGV)
 * or hold positions that only the reader may move, so the ArrayBuffer behind never reaches user code: it stays
 * in private fields. An offset past the end reads as 0, without an error: this is the fast path.
 */
export class RecordMemory {
  readonly #u8: Uint8Array;
  readonly #i8: Int8Array;
  readonly #u16: Uint16Array;
  readonly #i16: Int16Array;
  readonly #u32: Uint32Array;
  readonly #i32: Int32Array;

  /** @internal The length must be a multiple of 4. */
  constructor(buffer: ArrayBuffer) {
    this.#u8 = new Uint8Array(buffer);
    this.#i8 = new Int8Array(buffer);
    this.#u16 = new Uint16Array(buffer);
    this.#i16 = new Int16Array(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.#i32 = new Int32Array(buffer);
  }

  /** Unsigned 8 bits at byte `offset`. */
  u8(offset: number): number {
    return this.#u8[offset] ?? 0;
  }

  /** Signed 8 bits at byte `offset`. */
  i8(offset: number): number {
    return this.#i8[offset] ?? 0;
  }

  /** Unsigned 16 bits; `offset` is a multiple of 2. */
  u16(offset: number): number {
    return this.#u16[offset >> 1] ?? 0;
  }

  /** Signed 16 bits; `offset` is a multiple of 2. */
  i16(offset: number): number {
    return this.#i16[offset >> 1] ?? 0;
  }

  /** Unsigned 32 bits; `offset` is a multiple of 4, as every record's start is. */
  u32(offset: number): number {
    return this.#u32[offset >> 2] ?? 0;
  }

  /** Signed 32 bits; `offset` is a multiple of 4. */
  i32(offset: number): number {
    return this.#i32[offset >> 2] ?? 0;
  }

  /** Unsigned 64 bits in the machine's order; `offset` is a multiple of 4 (perf records are no better: RULES 75). */
  u64(offset: number): bigint {
    return (BigInt(this.u32(offset + 4)) << 32n) | BigInt(this.u32(offset));
  }

  /** Signed 64 bits; `offset` is a multiple of 4. */
  i64(offset: number): bigint {
    return BigInt.asIntN(64, this.u64(offset));
  }

  /** Unsigned 64 bits as a number: exact below 2^53. */
  u64Number(offset: number): number {
    return this.u32(offset + 4) * 0x1_0000_0000 + this.u32(offset);
  }

  /** A copy of `length` bytes. */
  bytes(offset: number, length: number): Uint8Array {
    return this.#u8.slice(offset, offset + length);
  }

  /** ASCII text of at most `length` bytes up to a NUL; a byte above 127 becomes the character of its number. */
  ascii(offset: number, length: number): string {
    let text = "";
    for (let at = offset; at < offset + length; at++) {
      const byte = this.#u8[at] ?? 0;
      if (byte === 0) break;
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
