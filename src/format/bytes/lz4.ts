/**
 * LZ4 blocks (lz4_Block_format.md of the LZ4 project). The same input gives the same output on every machine, which
 * zlib does not promise, and unpacking costs less than loading zlib. Only long matches are taken: an object's BTF
 * shrinks by a quarter with a third of the copies, and copies are what unpacking pays for.
 */
import { MalformedError } from "../../errors.ts";
import { ByteWriter } from "./writer.ts";

/** The format's shortest match; lengths count from here. */
const FORMAT_MATCH = 4;
/** The shortest match that is taken. */
const MATCH = 8;
/** The format's: the last match begins 12 bytes before the end or earlier, the last 5 bytes are literals. */
const LAST_MATCH = 12;
const LAST_LITERALS = 5;
const WINDOW = 0xffff;
const HASH_BITS = 16;
/** Places that are compared for one match: keeps the time linear. */
const CANDIDATES = 64;

/** The bytes as one LZ4 block. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter(true);
  const places = new Places(bytes);
  const end = bytes.length - LAST_MATCH;
  let literals = 0;
  for (let at = 0; at <= end;) {
    places.add(at);
    const { length, distance } = places.longestMatch(at);
    if (length < MATCH) {
      at++;
      continue;
    }
    writeSequence(writer, bytes.subarray(literals, at), length, distance);
    for (const behind = at + length; ++at < behind;) if (at <= end) places.add(at);
    literals = at;
  }
  writeSequence(writer, bytes.subarray(literals), 0, 0);
  return writer.finish();
}

/** Earlier places by their first four bytes. */
class Places {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  // Offsets plus one: 0 is none.
  private readonly heads = new Uint32Array(1 << HASH_BITS);
  private readonly previous: Uint32Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.previous = new Uint32Array(bytes.length);
  }

  add(at: number): void {
    const slot = Math.imul(this.view.getUint32(at, true), 0x9e3779b1) >>> (32 - HASH_BITS);
    this.previous[at] = this.heads[slot] ?? 0;
    this.heads[slot] = at + 1;
  }

  /** The longest of the nearest earlier places that begin as `at` does. */
  longestMatch(at: number): { readonly length: number; readonly distance: number } {
    const { bytes, previous } = this;
    const limit = bytes.length - LAST_LITERALS - at;
    let best = 0;
    let distance = 0;
    let place = previous[at] ?? 0;
    for (let tries = CANDIDATES; place > 0 && at - place < WINDOW && tries > 0; tries--) {
      let length = 0;
      while (length < limit && bytes[place - 1 + length] === bytes[at + length]) length++;
      if (length > best) {
        best = length;
        distance = at - (place - 1);
      }
      place = previous[place - 1] ?? 0;
    }
    return { length: best, distance };
  }
}

/** Literals and the match behind them; a length of 0 is none: the block's end. */
function writeSequence(writer: ByteWriter, literals: Uint8Array, length: number, distance: number): void {
  const more = Math.max(0, length - FORMAT_MATCH);
  writer.u8((Math.min(literals.length, 15) << 4) | Math.min(more, 15));
  writeLength(writer, literals.length);
  writer.bytes(literals);
  if (length === 0) return;
  writer.u16(distance);
  writeLength(writer, more);
}

/** What the token's four bits do not hold: a byte for each 255, and the rest. */
function writeLength(writer: ByteWriter, length: number): void {
  let left = length - 15;
  for (; left >= 0xff; left -= 0xff) writer.u8(0xff);
  if (left >= 0) writer.u8(left);
}

/** The bytes of an LZ4 block, which must be `size`. MALFORMED: it is no block of that many. */
export function decompressLz4(block: Uint8Array, size: number): Uint8Array {
  // The block lies behind what it becomes: every copy is one within this array, without views made for it.
  const all = new Uint8Array(size + block.length);
  all.set(block, size);
  let from = size;
  let to = 0;
  while (from < all.length) {
    const token = all[from++] ?? 0;
    let length = token >>> 4;
    if (length === 15) {
      let more = 255;
      for (; more === 255; length += more) more = all[from++] ?? 0;
    }
    if (length > all.length - from || length > size - to) throw malformed(from - size, length, size - to);
    all.copyWithin(to, from, from + length);
    from += length;
    to += length;
    if (from >= all.length) break;
    const distance = (all[from] ?? 0) | ((all[from + 1] ?? 0) << 8);
    from += 2;
    length = token & 15;
    if (length === 15) {
      let more = 255;
      for (; more === 255; length += more) more = all[from++] ?? 0;
    }
    length += FORMAT_MATCH;
    if (distance === 0 || distance > to || length > size - to)
      throw malformed(from - size, length, size - to);
    if (distance >= length) {
      all.copyWithin(to, to - distance, to - distance + length);
      to += length;
    } else for (const end = to + length; to < end; to++) all[to] = all[to - distance] ?? 0;
  }
  if (to !== size) throw new MalformedError(`${size} bytes in an LZ4 block`, String(to));
  return all.subarray(0, size);
}

function malformed(offset: number, count: number, left: number): MalformedError {
  return new MalformedError(
    "an LZ4 sequence within its bounds",
    `one of ${count} bytes where ${left} are left`,
    offset,
  );
}
