/** What a {@link NameTable} compares. */
export interface NameSource {
  /** The byte at a place; 0 behind the end of the name that starts before it. */
  byteAt(place: number): number;
}

/** A set of names that are given by where they stand: no strings, which would be most of the work of printing. */
export class NameTable {
  private readonly source: NameSource;
  /** Places; 0 is free. The length is a power of two. */
  private slots: Uint32Array = new Uint32Array(64);
  private hashes: Uint32Array = new Uint32Array(64);
  private count = 0;

  constructor(source: NameSource) {
    this.source = source;
  }

  /** Adds the name at `place`, which is not 0. Returns the place of the equal name that was there before, 0 if none was. */
  add(place: number): number {
    const hash = this.hash(place);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const other = this.slots[slot] ?? 0;
      if (other === 0) break;
      if (this.hashes[slot] === hash && this.equal(other, place)) return other;
      slot = (slot + 1) & mask;
    }
    this.slots[slot] = place;
    this.hashes[slot] = hash;
    this.count += 1;
    if (this.count * 2 > this.slots.length) this.grow();
    return 0;
  }

  /** FNV-1a, its high bits folded into the low ones that choose the slot. */
  private hash(place: number): number {
    let value = 0x811c9dc5;
    for (let at = place; ; at++) {
      const byte = this.source.byteAt(at);
      if (byte === 0) return (value ^ (value >>> 15)) >>> 0;
      value = Math.imul(value ^ byte, 0x01000193);
    }
  }

  private equal(left: number, right: number): boolean {
    if (left === right) return true;
    for (let at = 0; ; at++) {
      const byte = this.source.byteAt(left + at);
      if (byte !== this.source.byteAt(right + at)) return false;
      if (byte === 0) return true;
    }
  }

  private grow(): void {
    const { slots, hashes } = this;
    this.slots = new Uint32Array(slots.length * 2);
    this.hashes = new Uint32Array(slots.length * 2);
    const mask = this.slots.length - 1;
    for (let old = 0; old < slots.length; old++) {
      const place = slots[old] ?? 0;
      if (place === 0) continue;
      const hash = hashes[old] ?? 0;
      let slot = hash & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = place;
      this.hashes[slot] = hash;
    }
  }
}
