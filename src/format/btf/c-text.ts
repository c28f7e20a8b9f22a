import { MalformedError } from "../../errors.ts";
import { decodeUtf8 } from "../bytes/index.ts";

const SPACE = 0x20;
const TAB = 0x09;
const MINUS = 0x2d;
const ZERO = 0x30;
const UNDERSCORE = 0x5f;

/** Each byte as it may stand in an identifier: what no identifier may hold (a compiler's `.0`, or damage) is `_`. */
export const IDENTIFIER: Uint8Array = table(/[\w$]/);
/** The same for the names of C's basic types, which consist of several words. */
export const BASIC_TYPE: Uint8Array = table(/[\w$ ]/);
/** Bytes as they are, for messages. */
export const VERBATIM: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function table(allowed: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    byte < 0x80 && allowed.test(String.fromCharCode(byte)) ? byte : byte === 0 ? 0 : UNDERSCORE,
  );
}

/**
 * C text as bytes. Names are copied from the string section of the BTF, texts that were written before from where they
 * stand: of the kernel's 2.8 MB hardly anything is ever a JavaScript string.
 */
export class CText {
  /** Bytes written so far. */
  length = 0;
  /** Id of the type that is being written, for messages. */
  subject = 0;
  private bytes: Uint8Array;
  private readonly most: number;

  /** `most` bounds the text: see {@link textBound}. */
  constructor(most: number, expected = 256) {
    this.most = most;
    this.bytes = new Uint8Array(Math.min(most, expected));
  }

  /** What was written, a view. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  toString(): string {
    return decodeUtf8(this.finish());
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = value;
  }

  space(): void {
    this.byte(SPACE);
  }

  /** Takes a last blank back. */
  unspace(): void {
    if (this.at(this.length - 1) === SPACE) this.length -= 1;
  }

  tabs(count: number): void {
    for (let left = count; left > 0; left--) this.byte(TAB);
  }

  /** ASCII text. */
  ascii(text: string): void {
    const { length } = text;
    if (this.length + length > this.bytes.length) this.grow(length);
    const { bytes } = this;
    let to = this.length;
    for (let at = 0; at < length; at++) bytes[to++] = text.charCodeAt(at);
    this.length = to;
  }

  /** The bytes of `source` from `offset` up to a NUL or the end, each as `map` says. */
  name(source: Uint8Array, offset: number, map: Uint8Array): void {
    for (let from = offset, to = this.length; ; from++, to++) {
      const byte = source[from] ?? 0;
      if (byte === 0) {
        this.length = to;
        return;
      }
      if (to === this.bytes.length) {
        this.length = to;
        this.grow(1);
      }
      this.bytes[to] = map[byte] ?? 0;
    }
  }

  /** `count` bytes once more that were written at `start`. */
  again(start: number, count: number): void {
    if (this.length + count > this.bytes.length) this.grow(count);
    const { bytes } = this;
    let to = this.length;
    // Most are shorter than what a call of copyWithin costs.
    for (let from = start; from < start + count; from++) bytes[to++] = bytes[from] ?? 0;
    this.length = to;
  }

  /** A whole number of at most 2^53 in decimal digits. */
  number(value: number): void {
    let left = value;
    if (left < 0) {
      this.byte(MINUS);
      left = -left;
    }
    let digits = 1;
    for (let limit = 10; limit <= left; limit *= 10) digits += 1;
    if (this.length + digits > this.bytes.length) this.grow(digits);
    this.length += digits;
    for (let to = this.length - 1; digits > 0; digits--, to--) {
      const rest = Math.floor(left / 10);
      this.bytes[to] = ZERO + left - rest * 10;
      left = rest;
    }
  }

  /** The byte at a place that was written. */
  at(place: number): number {
    return this.bytes[place] ?? 0;
  }

  private grow(count: number): void {
    const needed = this.length + count;
    if (needed > this.most) {
      throw new MalformedError("types whose C text is at most 32 times their size", "more", undefined, {
        trail: [`type ${this.subject}`],
      });
    }
    const larger = new Uint8Array(Math.min(this.most, Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/**
 * Bounds the text that is made from so many bytes of BTF. Real BTF prints every type about once (the kernel's: half of
 * its own size). Damaged BTF can ask for 2^64 lines by nesting inline types in pairs, or for gigabytes of padding
 * by one size.
 */
export function textBound(btfBytes: number): number {
  return 65536 + 32 * btfBytes;
}
