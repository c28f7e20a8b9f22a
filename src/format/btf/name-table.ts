import { IDENTIFIER } from "./c-text.ts";

/** Room for numbered names, in bytes; the kernel's take a tenth of it. */
const SPARE = 65536;

/** The string section and, behind it, the names that were made up. */
export class NamePool {
  /** Replaced by a longer one when it is full. */
  bytes: Uint8Array;
  private length: number;

  constructor(strings: Uint8Array) {
    this.length = strings.length;
    this.bytes = new Uint8Array(strings.length + Math.min(SPARE, 64 + strings.length));
    this.bytes.set(strings);
  }

  /** Makes `NAME___COUNT` and returns its place. */
  number(name: number, count: number): number {
    const start = this.length;
    for (let at = name; this.at(at) !== 0; at++) this.append(this.at(at));
    for (const character of `___${count}`) this.append(character.charCodeAt(0));
    this.append(0);
    return start;
  }

  private at(place: number): number {
    return this.bytes[place] ?? 0;
  }

  private append(byte: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(this.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
  }
}

/**
 * A set of names by their places in a pool: no strings, the making of which would be most of the work of printing.
 * Names are equal if C takes them for the same identifier.
 */
export class NameTable {
  private readonly pool: NamePool;
  /** Places; 0 is free. The length is a power of two. */
  private slots: Uint32Array = new Uint32Array(64);
  private hashes: Uint32Array = new Uint32Array(64);
  private count = 0;

  constructor(pool: NamePool) {
    this.pool = pool;
  }

  /** Adds the name at `place`, which is not 0. Returns the place of the equal name that was there before, 0 if none was. */
  add(place: number): number {
    const { bytes } = this.pool;
    // FNV-1a, its high bits folded into the low ones that choose the slot.
    let hash = 0x811c9dc5;
    for (let at = place, byte = bytes[at] ?? 0; byte !== 0; byte = bytes[++at] ?? 0) {
      hash = Math.imul(hash ^ (IDENTIFIER[byte] ?? 0), 0x01000193);
    }
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let other = slots[slot] ?? 0; other !== 0; other = slots[slot] ?? 0) {
      if (hashes[slot] === hash && (other === place || equal(bytes, other, place))) return other;
      slot = (slot + 1) & mask;
    }
    slots[slot] = place;
    hashes[slot] = hash;
    this.count += 1;
    if (this.count * 2 > slots.length) this.grow();
    return 0;
  }

  private grow(): void {
    const { slots, hashes } = this;
    const length = slots.length * 4;
    const mask = length - 1;
    const newSlots = new Uint32Array(length);
    const newHashes = new Uint32Array(length);
    for (let old = 0; old < slots.length; old++) {
      const place = slots[old] ?? 0;
      if (place === 0) continue;
      const hash = hashes[old] ?? 0;
      let slot = hash & mask;
      while (newSlots[slot] !== 0) slot = (slot + 1) & mask;
      newSlots[slot] = place;
      newHashes[slot] = hash;
    }
    this.slots = newSlots;
    this.hashes = newHashes;
  }
}

function equal(bytes: Uint8Array, left: number, right: number): boolean {
  for (let at = 0; ; at++) {
    const byte = IDENTIFIER[bytes[left + at] ?? 0];
    if (byte !== IDENTIFIER[bytes[right + at] ?? 0]) return false;
    if (byte === 0) return true;
  }
}
