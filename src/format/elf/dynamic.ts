import { MalformedError, within } from "../../errors.ts";
import { bufferedSource, encodeUtf8, type ByteReader, type ByteSource } from "../bytes/index.ts";
import { textAt, type Executable } from "./executable.ts";
import { readSymbol, type FunctionSymbol } from "./function-symbol.ts";

// d_tag of elf(5) and of the GNU extensions (elf.h).
const PT_DYNAMIC = 2;
const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_STRSZ = 10;
const DT_SONAME = 14;
const DT_GNU_HASH = 0x6ffffef5;
const DT_VERSYM = 0x6ffffff0;
const DT_VERDEF = 0x6ffffffc;
const DT_VERDEFNUM = 0x6ffffffd;
/** `VERSYM_HIDDEN`: not the version that a new link would take. */
const HIDDEN = 0x8000;

/** What the dynamic linker works with: the exported symbols and their hash table, found without section headers. */
export class DynamicSymbols {
  private readonly file: Executable;
  /** Single entries of tables are looked at: small blocks. */
  private readonly source: ByteSource;
  private readonly tags: ReadonlyMap<number, number>;
  private versions: ReadonlyMap<number, string> | undefined;

  private constructor(file: Executable, tags: ReadonlyMap<number, number>) {
    this.file = file;
    this.source = bufferedSource(file.source, 256);
    this.tags = tags;
  }

  /** undefined: a static executable, or a file of debug information. */
  static of(file: Executable): DynamicSymbols | undefined {
    const segment = file.segments.find(({ type, fileSize }) => type === PT_DYNAMIC && fileSize > 0);
    if (segment === undefined) return undefined;
    return within("dynamic section", () => {
      const reader = file.reader(segment.offset, segment.fileSize);
      const tags = new Map<number, number>();
      const word = file.bits / 8;
      for (let at = 0; at + 2 * word <= reader.length; at += 2 * word) {
        const tag = word === 8 ? Number(reader.u64(at)) : reader.u32(at);
        if (tag === 0) break;
        // Values beyond 2^53 are no addresses of anything that is looked up here.
        const value = word === 8 ? Number(reader.u64(at + 8)) : reader.u32(at + 4);
        if (!tags.has(tag)) tags.set(tag, value);
      }
      return new DynamicSymbols(file, tags);
    });
  }

  /** `DT_SONAME`, the name that the dynamic linker knows a library by. */
  get soname(): string | undefined {
    const offset = this.tags.get(DT_SONAME);
    return offset === undefined ? undefined : this.string(offset);
  }

  /** All exported symbols of a name, one for each version; undefined: there is no hash table to ask. */
  find(name: string): FunctionSymbol[] | undefined {
    const gnu = this.place(DT_GNU_HASH);
    if (gnu !== undefined)
      return within(".gnu.hash", () => this.fromIndexes(name, this.gnuIndexes(gnu, name)));
    const plain = this.place(DT_HASH);
    if (plain !== undefined)
      return within(".hash", () => this.fromIndexes(name, this.hashIndexes(plain, name)));
    return undefined;
  }

  /** The version of the symbol with this index. */
  versionOf(index: number): { readonly name: string; readonly isDefault: boolean } | undefined {
    const table = this.place(DT_VERSYM);
    if (table === undefined) return undefined;
    const entry = this.reader(table + index * 2, 2).u16(0);
    this.versions ??= within("version definitions", () => this.readVersions());
    const name = this.versions.get(entry & ~HIDDEN);
    return name === undefined ? undefined : { name, isDefault: (entry & HIDDEN) === 0 };
  }

  private fromIndexes(name: string, indexes: Iterable<number>): FunctionSymbol[] {
    const table = this.place(DT_SYMTAB);
    if (table === undefined) return [];
    const size = this.file.symbolSize;
    const wanted = encodeUtf8(`${name}\0`);
    const found: FunctionSymbol[] = [];
    for (const index of indexes) {
      const symbol = readSymbol(this.file, this.reader(table + index * size, size), 0);
      if (!this.isNamed(symbol.nameOffset, wanted)) continue;
      const version = this.versionOf(index);
      found.push({ ...symbol, name, version: version?.name, isDefault: version?.isDefault ?? true });
    }
    return found;
  }

  /** Indexes of symbols that may be called so: `.gnu.hash` is a Bloom filter, buckets, and chains of hash values. */
  private *gnuIndexes(table: number, name: string): Generator<number> {
    const head = this.reader(table, 16);
    const [buckets, first, words, shift] = [head.u32(0), head.u32(4), head.u32(8), head.u32(12)];
    if (buckets === 0 || words === 0) return;
    const hash = gnuHash(name);
    const { bits } = this.file;
    const bytes = bits / 8;
    // A 64-bit word as its two halves, in the file's order.
    const bloom = this.reader(table + 16 + (Math.floor(hash / bits) % words) * bytes, bytes);
    if (!hasBit(bloom, hash % bits) || !hasBit(bloom, (hash >>> shift) % bits)) return;
    const bucketTable = table + 16 + words * bytes;
    const start = this.reader(bucketTable + (hash % buckets) * 4, 4).u32(0);
    if (start < first) return;
    const chains = bucketTable + buckets * 4;
    for (let index = start; ; index++) {
      // A chain without an end runs against the file's end, which the source refuses.
      const value = this.reader(chains + (index - first) * 4, 4).u32(0);
      if ((value | 1) >>> 0 === (hash | 1) >>> 0) yield index;
      if ((value & 1) === 1) return;
    }
  }

  /** The same for the hash table of the System V ABI. */
  private *hashIndexes(table: number, name: string): Generator<number> {
    const head = this.reader(table, 8);
    const [buckets, chains] = [head.u32(0), head.u32(4)];
    if (buckets === 0) return;
    let index = this.reader(table + 8 + (systemHash(name) % buckets) * 4, 4).u32(0);
    for (let steps = 0; index !== 0; steps++) {
      if (steps > chains || index >= chains) {
        throw new MalformedError(`a chain of at most ${chains} symbols`, "one that does not end");
      }
      yield index;
      index = this.reader(table + 8 + (buckets + index) * 4, 4).u32(0);
    }
  }

  /** Version index → name, of `.gnu.version_d`. */
  private readVersions(): ReadonlyMap<number, string> {
    const versions = new Map<number, string>();
    let at = this.place(DT_VERDEF);
    for (let left = this.tags.get(DT_VERDEFNUM) ?? 0; at !== undefined && left > 0; left--) {
      const entry = this.reader(at, 20);
      const name = this.reader(at + entry.u32(12), 4).u32(0);
      versions.set(entry.u16(4), this.string(name));
      if (entry.u32(16) === 0) break;
      at += entry.u32(16);
    }
    return versions;
  }

  private isNamed(offset: number, wanted: Uint8Array): boolean {
    const table = this.place(DT_STRTAB);
    const size = this.tags.get(DT_STRSZ) ?? 0;
    if (table === undefined || offset + wanted.length > size) return false;
    const bytes = this.source.read(table + offset, wanted.length);
    return wanted.every((byte, index) => bytes[index] === byte);
  }

  private string(offset: number): string {
    const table = this.place(DT_STRTAB);
    const size = this.tags.get(DT_STRSZ) ?? 0;
    if (table === undefined || offset >= size) return "";
    return textAt(this.file.source.read(table + offset, Math.min(512, size - offset)), 0);
  }

  /** Where what a tag points to is in the file. */
  private place(tag: number): number | undefined {
    const address = this.tags.get(tag);
    return address === undefined ? undefined : this.file.fileOffset(address);
  }

  private reader(offset: number, length: number): ByteReader {
    return this.file.readerOf(this.source, offset, length);
  }
}

function hasBit(word: ByteReader, bit: number): boolean {
  const low = word.littleEndian || word.length === 4 ? 0 : 4;
  const at = bit < 32 ? low : 4 - low;
  return ((word.u32(at) >>> (bit & 31)) & 1) === 1;
}

/** The hash of `.gnu.hash`: 5381, times 33 for each byte. */
function gnuHash(name: string): number {
  let hash = 5381;
  for (const byte of encodeUtf8(name)) hash = (Math.imul(hash, 33) + byte) >>> 0;
  return hash;
}

/** The hash of the System V ABI. */
function systemHash(name: string): number {
  let hash = 0;
  for (const byte of encodeUtf8(name)) {
    hash = ((hash << 4) + byte) >>> 0;
    const high = hash & 0xf0000000;
    hash = ((hash ^ (high >>> 24)) & ~high) >>> 0;
  }
  return hash;
}
