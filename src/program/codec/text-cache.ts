/**
 * Text of `char[N]` members. Making a JavaScript string costs some 90 ns (PERFORMANCE.md), and the same few names
 * come again and again: each member has a direct-mapped table keyed by the words of its text.
 */
import { decodeUtf8 } from "../../format/bytes/index.ts";

/** Longer texts are decoded anew each time: rarely repeated, and the table must stay small. */
const LONGEST_KEY_WORDS = 64;
/** Bytes of keys in one table. */
const KEY_BYTES = 65_536;

/**
 * Reads one `char[size]`. A wrong string is impossible: all words up to the NUL are compared, a full table only
 * means a new string. Strings are made from the copied key, never from the memory, which a program may be
 * writing to at this moment.
 */
export class TextCache {
  private readonly size: number;
  /** Words of `size`, the last perhaps cut short. */
  private readonly words: number;
  /** Words of one key. */
  private readonly stride: number;
  /** 32 minus log2 of the number of slots. */
  private readonly shift: number;
  /** Each slot's words up to its NUL, zero behind it; a slot never used holds the empty text, rightly. */
  private readonly keys: Int32Array;
  private readonly keyBytes: Uint8Array;
  private readonly texts: string[];
  /** {@link read16}: all four words, whatever stands behind the NUL. */
  private readonly raw: Int32Array;
  private readonly rawTexts: string[];
  /** Words copied out of the memory before they are looked up. */
  private readonly copy: Int32Array;

  /** `size`: the N of `char[N]`, bytes. */
  constructor(size: number) {
    this.size = size;
    this.words = Math.max((size + 3) >>> 2, 1);
    this.stride = Math.min(this.words, LONGEST_KEY_WORDS);
    const logSlots = Math.min(10, 31 - Math.clz32(KEY_BYTES / (this.stride * 4)));
    this.shift = 32 - logSlots;
    this.keys = new Int32Array(this.stride << logSlots);
    this.keyBytes = new Uint8Array(this.keys.buffer);
    this.texts = emptyTexts(1 << logSlots);
    this.raw = new Int32Array(size === 16 ? 4 << logSlots : 0);
    this.rawTexts = size === 16 ? [...this.texts] : [];
    this.copy = new Int32Array(this.stride);
  }

  /** The text at word `at`; for sizes that are multiples of 4. */
  read(i32: Int32Array, at: number): string {
    const { keys, stride, words } = this;
    let hash = 0;
    let count = 0;
    let word = 0;
    for (;;) {
      word = i32[at + count] ?? 0;
      // The lowest bit that this leaves is the 0x80 of the first NUL byte (little endian).
      const zero = (word - 0x0101_0101) & ~word & 0x8080_8080;
      // What stands behind the NUL is not text.
      if (zero !== 0) word &= (zero & -zero) - 1;
      hash = (Math.imul(hash, 31) + word) | 0;
      count++;
      if (zero !== 0 || count === words) break;
      if (count === stride) return this.long(i32, at);
    }
    const slot = Math.imul(hash, 0x9e37_79b1) >>> this.shift;
    const key = slot * stride;
    const last = count - 1;
    let index = 0;
    while (index < last && keys[key + index] === i32[at + index]) index++;
    if (index === last && keys[key + last] === word) return this.texts[slot] ?? "";
    return this.miss(slot, i32, at, last, word);
  }

  /**
   * The same for `char[16]` (TASK_COMM_LEN): without branches on the text's length, which no CPU predicts. The
   * kernel pads a comm with zeros, so the whole field repeats; garbage behind a NUL only costs the way by `read`.
   */
  read16(i32: Int32Array, at: number): string {
    const a = i32[at] ?? 0;
    const b = i32[at + 1] ?? 0;
    const c = i32[at + 2] ?? 0;
    const d = i32[at + 3] ?? 0;
    const { raw } = this;
    const slot = Math.imul(a ^ (b << 1) ^ Math.imul(c ^ (d << 1), 0x85eb_ca6b), 0x9e37_79b1) >>> this.shift;
    const key = slot * 4;
    if (raw[key] === a && raw[key + 1] === b && raw[key + 2] === c && raw[key + 3] === d) {
      return this.rawTexts[slot] ?? "";
    }
    const { copy } = this;
    raw[key] = copy[0] = a;
    raw[key + 1] = copy[1] = b;
    raw[key + 2] = copy[2] = c;
    raw[key + 3] = copy[3] = d;
    return (this.rawTexts[slot] = this.read(copy, 0));
  }

  /** The text at byte `at`, for any size and alignment. */
  readBytes(u8: Uint8Array, at: number): string {
    const { copy, size, stride } = this;
    for (let word = 0; word < stride; word++) {
      let value = 0;
      const left = size - word * 4;
      for (let index = 0; index < 4 && index < left; index++) {
        const byte = u8[at + word * 4 + index] ?? 0;
        if (byte === 0) {
          copy[word] = value;
          return this.read(copy, 0);
        }
        value |= byte << (index * 8);
      }
      copy[word] = value;
    }
    return size <= stride * 4 ? this.read(copy, 0) : textIn(u8.slice(at, at + size), 0, size);
  }

  private miss(slot: number, i32: Int32Array, at: number, last: number, word: number): string {
    const { keys, stride } = this;
    const key = slot * stride;
    for (let index = 0; index < last; index++) keys[key + index] = i32[at + index] ?? 0;
    keys[key + last] = word;
    keys.fill(0, key + last + 1, key + stride);
    return (this.texts[slot] = textIn(this.keyBytes, key * 4, Math.min(this.size, stride * 4)));
  }

  private long(i32: Int32Array, at: number): string {
    const bytes = new Uint8Array(i32.buffer, i32.byteOffset + at * 4, this.size);
    // Copied first: text and its end must come from the same bytes.
    return textIn(bytes.slice(), 0, this.size);
  }
}

/** Packed, and faster than Array.from with a function: a codec's start is a program's start. */
function emptyTexts(count: number): string[] {
  const texts: string[] = [];
  for (let index = 0; index < count; index++) texts.push("");
  return texts;
}

/** The UTF-8 text in at most `size` bytes at `at`, up to a NUL. */
export function textIn(u8: Uint8Array, at: number, size: number): string {
  let end = at;
  let ascii = true;
  for (const stop = Math.min(at + size, u8.length); end < stop; end++) {
    const byte = u8[end] ?? 0;
    if (byte === 0) break;
    if (byte >= 0x80) ascii = false;
  }
  const bytes = u8.subarray(at, end);
  if (!ascii || bytes.length > 4096) return decodeUtf8(bytes);
  // One flat string; adding characters one by one leaves a chain of fragments behind.
  return Reflect.apply(String.fromCharCode, undefined, bytes) as string; // typed as any by the standard library
}
