/**
 * Reads and writes that no typed-array view can do at once: 64 bits at a multiple of 4 (perf samples lie at 4 mod 8,
 * RULES 75), members of packed structs, bitfields across words, 128-bit integers. Little endian.
 */

/** Two words seen as one 64-bit value: far cheaper than putting a bigint together from numbers. */
const words = new Uint32Array(2);
const bytes = new Uint8Array(words.buffer);
const asU64 = new BigUint64Array(words.buffer);
const asI64 = new BigInt64Array(words.buffer);
const asF64 = new Float64Array(words.buffer);
const asF32 = new Float32Array(words.buffer);

function takeWords(u32: Uint32Array, at: number): void {
  words[0] = u32[at] ?? 0;
  words[1] = u32[at + 1] ?? 0;
}

function takeBytes(u8: Uint8Array, at: number, count: number): void {
  for (let index = 0; index < count; index++) bytes[index] = u8[at + index] ?? 0;
}

/** Unsigned 64 bits at word `at`. */
export function loadU64(u32: Uint32Array, at: number): bigint {
  takeWords(u32, at);
  return asU64[0] ?? 0n;
}
/** Signed 64 bits at word `at`. */
export function loadI64(u32: Uint32Array, at: number): bigint {
  takeWords(u32, at);
  return asI64[0] ?? 0n;
}
/** A double at word `at`. */
export function loadF64(u32: Uint32Array, at: number): number {
  takeWords(u32, at);
  return asF64[0] ?? 0;
}
/** Unsigned 64 bits at byte `at`. */
export function loadU64Bytes(u8: Uint8Array, at: number): bigint {
  takeBytes(u8, at, 8);
  return asU64[0] ?? 0n;
}
/** Signed 64 bits at byte `at`. */
export function loadI64Bytes(u8: Uint8Array, at: number): bigint {
  takeBytes(u8, at, 8);
  return asI64[0] ?? 0n;
}
/** A double at byte `at`. */
export function loadF64Bytes(u8: Uint8Array, at: number): number {
  takeBytes(u8, at, 8);
  return asF64[0] ?? 0;
}
/** A float at byte `at`. */
export function loadF32Bytes(u8: Uint8Array, at: number): number {
  takeBytes(u8, at, 4);
  return asF32[0] ?? 0;
}
/** Unsigned 128 bits at byte `at`. */
export function loadU128(u8: Uint8Array, at: number): bigint {
  return (loadU64Bytes(u8, at + 8) << 64n) | loadU64Bytes(u8, at);
}
/** Signed 128 bits at byte `at`. */
export function loadI128(u8: Uint8Array, at: number): bigint {
  return (loadI64Bytes(u8, at + 8) << 64n) | loadU64Bytes(u8, at);
}

/** `count` (at most 32) bits from bit `shift` (0..7) of byte `at` on, unsigned. */
export function loadBits(u8: Uint8Array, at: number, shift: number, count: number): number {
  const used = (shift + count + 7) >>> 3;
  let low = 0;
  for (let index = 0; index < used && index < 4; index++) low |= (u8[at + index] ?? 0) << (index * 8);
  let value = low >>> shift;
  // A fifth byte is touched only with shift > 0.
  if (used === 5) value |= (u8[at + 4] ?? 0) << (32 - shift);
  return count === 32 ? value >>> 0 : (value & ((1 << count) - 1)) >>> 0;
}

/** `count` (at most 64) bits from bit `shift` (0..7) of byte `at` on, unsigned. */
export function loadWideBits(u8: Uint8Array, at: number, shift: number, count: number): bigint {
  let value = 0n;
  for (let index = ((shift + count + 7) >>> 3) - 1; index >= 0; index--) {
    value = (value << 8n) | BigInt(u8[at + index] ?? 0);
  }
  return BigInt.asUintN(count, value >> BigInt(shift));
}

/** Writes the low `size` bytes of a value at byte `at`. */
export function storeInteger(u8: Uint8Array, at: number, size: number, value: number | bigint): void {
  let rest = BigInt(value);
  for (let index = 0; index < size; index++) {
    u8[at + index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

/** Writes a float of 4 or a double of 8 bytes at byte `at`. */
export function storeFloat(u8: Uint8Array, at: number, size: number, value: number): void {
  if (size === 4) asF32[0] = value;
  else asF64[0] = value;
  for (let index = 0; index < size; index++) u8[at + index] = bytes[index] ?? 0;
}

/** Replaces `count` bits from bit `shift` (0..7) of byte `at` on, and no others. */
export function storeBits(
  u8: Uint8Array,
  at: number,
  shift: number,
  count: number,
  value: number | bigint,
): void {
  const used = (shift + count + 7) >>> 3;
  const mask = ((1n << BigInt(count)) - 1n) << BigInt(shift);
  const placed = (BigInt(value) << BigInt(shift)) & mask;
  for (let index = 0; index < used; index++) {
    const at8 = BigInt(index * 8);
    const kept = (u8[at + index] ?? 0) & ~Number((mask >> at8) & 0xffn);
    u8[at + index] = kept | Number((placed >> at8) & 0xffn);
  }
}
