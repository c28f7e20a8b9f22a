/**
 * JavaScript values ↔ bytes, driven by BTF. Decoders are generated code over typed-array views: DataView costs
 * five to fifteen times as much per record (PERFORMANCE.md, "Draining a ring buffer").
 *
 * Values: integers up to 32 bits, enums up to 32 bits and floats are `number`; 64-bit integers, pointers and enum64
 * are `bigint`; 128-bit integers are `bigint`; `_Bool` is `boolean`; `char[N]` is a string up to its NUL; other arrays are
 * arrays; structs and unions are objects with their C field names (anonymous members are folded in).
 */

/** Views of one buffer; an index is a byte offset divided by the element's width. */
export interface Memory {
  /** 0 to 255, at every byte. */
  readonly u8: Uint8Array;
  /** -128 to 127, at every byte. */
  readonly i8: Int8Array;
  /** 0 to 65535, every 2 bytes. */
  readonly u16: Uint16Array;
  /** -32768 to 32767, every 2 bytes. */
  readonly i16: Int16Array;
  /** 0 to 2³² - 1, every 4 bytes. */
  readonly u32: Uint32Array;
  /** -2³¹ to 2³¹ - 1, every 4 bytes. */
  readonly i32: Int32Array;
  /** 0 to 2⁶⁴ - 1, every 8 bytes. */
  readonly u64: BigUint64Array;
  /** -2⁶³ to 2⁶³ - 1, every 8 bytes. */
  readonly i64: BigInt64Array;
  /** C `float`, every 4 bytes. */
  readonly f32: Float32Array;
  /** C `double`, every 8 bytes. */
  readonly f64: Float64Array;
}

/** Both ways between a C type and a JavaScript value. */
export interface Codec<T = unknown> {
  /** Bytes; for a type with a flexible array at its end, the bytes before that array. */
  readonly size: number;
  /** What every offset must be a multiple of. */
  readonly alignment: 4 | 8;
  /** The type ends in a flexible array: `decode` wants the record's length, a cursor its [cursorLength]. */
  readonly flexible: boolean;
  /**
   * The value at a byte offset that is a multiple of the codec's alignment; nothing in it refers to the memory.
   * `length` is the record's: bytes that a shorter record lacks read as zero (programs send only the used part
   * of their last array), and a flexible array takes what is behind the other members.
   */
  decode(memory: Memory, offset: number, length?: number): T;
  /**
   * Writes a value. Members that are missing are zero; an unknown member or a value out of range is an ARGUMENT
   * error that names it: `event.cookie[3]: expected 0..255, found 300`. Of a union, give the member you mean.
   */
  encode(value: T, memory: Memory, offset: number): void;
  /**
   * An object with one getter per member that reads where [cursorOffset] points: the fast path for many records.
   * It reads `size` bytes there: decode a record that is shorter. UNSUPPORTED unless the type is a struct or union.
   */
  cursor(memory: Memory): Cursor<T>;
}

/** A moving view: set [cursorOffset] (bytes), read members. A member that is a struct or array is a copy. */
export type Cursor<T> = T & {
  /** @internal */ [cursorOffset]: number;
  /** @internal */ [cursorLength]: number;
};
/** The key of a cursor's position, so that no C member name can clash with it. */
export const cursorOffset: unique symbol = Symbol("offset");
/** The key of the record's length in a cursor; only a flexible array looks at it, which is empty while it is 0. */
export const cursorLength: unique symbol = Symbol("length");
