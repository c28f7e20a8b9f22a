/**
 * Checks of values on their way into memory. Each names the place it was given; callers put the places around it
 * in front with {@link placeError}, so that nothing is built while all is well.
 */
import { argumentError, ErrorCode, TsbpfError } from "../../errors.ts";
import { encodeUtf8 } from "../../format/bytes/index.ts";
import { suggest } from "../../suggestion.ts";
import type { Memory } from "./types.ts";

/** A member's name, an element's index, or "" for the value itself. */
export type Place = string | number;

/** A whole number in a range that fits 32 bits. */
export function asInteger(value: unknown, low: number, high: number, place: Place): number {
  if (typeof value === "number" && value >= low && value <= high && Number.isInteger(value)) return value;
  if (typeof value === "bigint" && value >= BigInt(low) && value <= BigInt(high)) return Number(value);
  return refuse(place, `${low}..${high}`, value);
}

/** A whole number of `bits` bits, as bigint or safe number. */
export function asBigInteger(value: unknown, bits: number, signed: boolean, place: Place): bigint {
  if (typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))) {
    const big = BigInt(value);
    if ((signed ? BigInt.asIntN(bits, big) : BigInt.asUintN(bits, big)) === big) return big;
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return refuse(place, "a bigint above 2^53, where numbers are not exact", value);
  }
  const range = signed
    ? `${-(1n << BigInt(bits - 1))}..${(1n << BigInt(bits - 1)) - 1n}`
    : `0..${(1n << BigInt(bits)) - 1n}`;
  return refuse(place, range, value);
}

/** A number for a float or double. */
export function asFloat(value: unknown, place: Place): number {
  return typeof value === "number" ? value : refuse(place, "a number", value);
}

/** true or false, as 1 or 0. */
export function asBoolean(value: unknown, place: Place): 0 | 1 {
  return typeof value === "boolean" ? (value ? 1 : 0) : refuse(place, "true or false", value);
}

/** An array of exactly `length` elements. */
export function asList<T>(value: readonly T[], length: number): readonly T[] {
  if (!Array.isArray(value)) return refuse("", `an array of ${length}`, value);
  if (value.length !== length) return refuse("", `${length} elements`, value.length);
  return value;
}

/** Text of a `char[size]`; bytes are taken as well, for text that is not UTF-8. */
export function storeText(u8: Uint8Array, at: number, size: number, value: unknown, place: Place): void {
  if (typeof value === "string" && value.length <= size && storeAscii(u8, at, size, value)) return;
  const bytes = typeof value === "string" ? encodeUtf8(value) : value;
  if (!(bytes instanceof Uint8Array)) return refuse(place, "a string", value);
  if (bytes.length > size) return refuse(place, `at most ${size} bytes of text`, bytes.length);
  if (typeof value === "string" && bytes.includes(0)) return refuse(place, "text without NUL", value);
  u8.set(bytes, at);
  u8.fill(0, at + bytes.length, at + size);
}

/** Writes text of the characters 1..127, zeros behind it; false (and rubbish) if there is another character. */
function storeAscii(u8: Uint8Array, at: number, size: number, value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code === 0 || code >= 0x80) return false;
    u8[at + index] = code;
  }
  u8.fill(0, at + value.length, at + size);
  return true;
}

/** A Uint8Array (or an array of numbers) of exactly `size` bytes. */
export function storeByteArray(u8: Uint8Array, at: number, size: number, value: unknown, place: Place): void {
  if (!(value instanceof Uint8Array) && !Array.isArray(value)) return refuse(place, "a Uint8Array", value);
  if (value.length !== size) return refuse(place, `${size} bytes`, value.length);
  for (let index = 0; index < size; index++) {
    const byte: unknown = value[index];
    if (typeof byte !== "number" || byte !== (byte & 0xff))
      return refuse(`${text(place)}[${index}]`, "0..255", byte);
    u8[at + index] = byte;
  }
}

/** The elements of a flexible array, checked to fit behind `at`. */
export function asOpenList<T>(value: readonly T[], m: Memory, at: number, stride: number): readonly T[] {
  if (!Array.isArray(value)) return refuse("", "an array", value);
  const most = Math.floor((m.u8.length - at) / stride);
  if (value.length > most) return refuse("", `at most ${most} elements in this memory`, value.length);
  return value;
}

/** Text of a flexible `char[]`; nothing is written behind it. */
export function storeOpenText(u8: Uint8Array, at: number, value: unknown, place: Place): void {
  const size = typeof value === "string" ? encodeUtf8(value).length : 0;
  storeText(u8, at, Math.min(size, Math.max(u8.length - at, 0)), value, place);
}

/** Bytes that fill a flexible array of bytes. */
export function storeOpenBytes(u8: Uint8Array, at: number, value: unknown, place: Place): void {
  const length = value instanceof Uint8Array || Array.isArray(value) ? value.length : 0;
  if (length > u8.length - at) return refuse(place, `at most ${u8.length - at} bytes in this memory`, length);
  storeByteArray(u8, at, length, value, place);
}

/** What asking for a cursor of a number, text or array answers. */
export function cursorRefusal(name: string): TsbpfError {
  return new TsbpfError(ErrorCode.UNSUPPORTED, `expected a struct or union for a cursor, found "${name}"`, {
    remedy: "use decode",
  });
}

/** An object whose own members are all among `names`. */
export function checkMembers(value: unknown, names: ReadonlySet<string>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("", "an object", value);
  }
  for (const name in value) {
    if (names.has(name) || !Object.hasOwn(value, name)) continue;
    throw argumentError(`no member "${name}"`, suggest(name, names));
  }
}

/** An own member whose name every object inherits, such as `constructor`. */
export function ownMember<T extends object, K extends keyof T>(value: T, name: K): T[K] | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The memory must hold `size` bytes at `offset`, and `offset` must suit the codec: typed arrays ignore bad writes. */
export function checkRoom(m: Memory, offset: number, size: number, alignment: number): void {
  if (!(offset >= 0 && offset + size <= m.u8.length && offset % alignment === 0)) {
    throw argumentError(
      `expected ${size} bytes at a multiple of ${alignment}, found offset ${offset} in ${m.u8.length} bytes`,
    );
  }
}

/** Puts a place in front of the places in an error. */
export function placeError(place: Place, error: unknown): unknown {
  if (!(error instanceof TsbpfError)) return error;
  const inner = error.trail[0] ?? "";
  const dot = place === "" || inner === "" || inner.startsWith("[") ? "" : ".";
  const trail = `${text(place)}${dot}${inner}`;
  return new TsbpfError(error.code, error.detail, {
    trail: trail === "" ? [] : [trail],
    remedy: error.remedy,
  });
}

function text(place: Place): string {
  return typeof place === "number" ? `[${place}]` : place;
}

function refuse(place: Place, expected: string, found: unknown): never {
  const detail = `expected ${expected}, found ${show(found)}`;
  throw new TsbpfError(ErrorCode.ARGUMENT, detail, { trail: place === "" ? [] : [text(place)] });
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "an array" : value instanceof Uint8Array ? "a Uint8Array" : "an object";
  }
  return typeof value === "function" ? "a function" : String(value);
}
