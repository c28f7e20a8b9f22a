import { argumentError, ErrorCode, MalformedError, TsbpfError } from "../../errors.ts";
import { decodeType, kindOf, type TypeSource } from "./decode-type.ts";
import { readSections, requireByteOrder, type BtfSections } from "./header.ts";
import { KIND_FUNC } from "./kind-numbers.ts";
import { Records } from "./records.ts";
import { scanNames, type NamedTypes, type NameQuery } from "./scan-names.ts";
import { StringTable } from "./string-table.ts";
import { indexTypes, type TypeIndex } from "./type-index.ts";
import { btfKinds, type Btf, type BtfKind, type BtfType } from "./types.ts";

/** What {@link readBtf} may be told. */
export interface ReadBtfOptions {
  /** The BTF that split BTF (of a kernel module) continues: ids and name offsets go on where it ends. */
  readonly base?: Btf | undefined;
  /** Refuse BTF of the other byte order; by default the magic decides. */
  readonly littleEndian?: boolean | undefined;
}

/**
 * Reads the bytes of a `.BTF` section or of `/sys/kernel/btf/*`. Only the places of the types are taken down;
 * each type is decoded when it is first asked for. The result refers to `bytes`, which must not change.
 * Damage found in the header or in the extent of a record is a MALFORMED error here, any other when the type
 * is asked for.
 */
export function readBtf(bytes: Uint8Array, options: ReadBtfOptions = {}): Btf {
  const base = options.base === undefined ? undefined : requireIndexed(options.base);
  const sections = readSections(bytes, base !== undefined);
  const wanted = base?.littleEndian ?? options.littleEndian;
  if (wanted !== undefined) requireByteOrder(sections, wanted);
  return new IndexedBtf(bytes, sections, base);
}

/**
 * Ids (base first) of the types whose name without flavour suffix is one of `names` (RULES 37, 38), which are
 * themselves given without suffix. Functions are left out, and so are kinds that are not in `kinds`.
 */
export function findCandidates(
  btf: Btf,
  names: Iterable<string>,
  kinds?: readonly BtfKind[],
): ReadonlyMap<string, readonly number[]> {
  const mask = kinds === undefined ? ALL_KINDS : kindMask(kinds);
  return requireIndexed(btf).candidates(new Set(names), mask & ~(1 << KIND_FUNC));
}

/** The undecoded types, those of the base first. */
export function recordsOf(btf: Btf): Records {
  return requireIndexed(btf).records();
}

const ALL_KINDS = -1;
/** Types in a page of decoded ones. */
const PAGE_BITS = 8;
const VOID: BtfType = { kind: "void", name: "" };

function kindMask(kinds: readonly BtfKind[]): number {
  return kinds.reduce((mask, kind) => mask | (1 << btfKinds.indexOf(kind)), 0);
}

function requireIndexed(btf: Btf): IndexedBtf {
  if (btf instanceof IndexedBtf) return btf;
  throw argumentError("expected BTF that was read by readBtf, found another object");
}

class IndexedBtf implements Btf, TypeSource, NamedTypes {
  readonly littleEndian: boolean;
  readonly base: IndexedBtf | undefined;
  readonly firstId: number;
  readonly endId: number;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly typesOffset: number;
  readonly starts: Uint32Array;
  readonly strings: StringTable;
  readonly stringsStart: number;
  readonly stringsEnd: number;
  private readonly index: TypeIndex;
  /** Decoded types, by position, in pages. */
  private readonly decoded: (BtfType | undefined)[][] = [];
  /** Answers of {@link candidates}, own types only, by essential name. */
  private readonly known = new Map<string, readonly number[]>();
  private allRecords: Records | undefined;

  constructor(bytes: Uint8Array, sections: BtfSections, base: IndexedBtf | undefined) {
    this.bytes = bytes;
    this.base = base;
    this.littleEndian = sections.littleEndian;
    this.words = sections.words;
    this.typesOffset = sections.typesOffset;
    this.strings = new StringTable(sections.strings);
    this.stringsStart = base?.stringsEnd ?? 0;
    this.stringsEnd = this.stringsStart + sections.strings.length;
    this.firstId = base?.endId ?? 1;
    this.index = indexTypes(sections, this.firstId);
    this.starts = this.index.starts;
    this.endId = this.firstId + this.starts.length;
  }

  type(id: number): BtfType {
    if (id === 0) return VOID;
    if (id < this.firstId && this.base !== undefined) return this.base.type(id);
    const at = this.start(id);
    const position = id - this.firstId;
    // Pages, because an array that grows by its highest index becomes a hash table in V8, and room for all of the
    // kernel's types at once is a megabyte of which a load uses a few dozen places.
    const page = (this.decoded[position >> PAGE_BITS] ??= []);
    const place = position & ((1 << PAGE_BITS) - 1);
    let type = page[place];
    if (type === undefined) {
      type = decodeType(this, at, id);
      page[place] = type;
    }
    return type;
  }

  kind(id: number): BtfKind {
    if (id === 0) return "void";
    if (id < this.firstId && this.base !== undefined) return this.base.kind(id);
    return kindOf(this.words[this.start(id) + 1] ?? 0, id);
  }

  name(id: number): string {
    if (id === 0) return "";
    if (id < this.firstId && this.base !== undefined) return this.base.name(id);
    const offset = this.words[this.start(id)] ?? 0;
    if (offset === 0) return "";
    try {
      return this.string(offset);
    } catch (error) {
      throw error instanceof TsbpfError ? error.within(`type ${id}`) : error;
    }
  }

  string(offset: number): string {
    if (this.base !== undefined && offset < this.stringsStart) return this.base.string(offset);
    if (offset >= this.stringsEnd) {
      throw new MalformedError(`a name offset below ${this.stringsEnd}`, String(offset));
    }
    return this.strings.at(offset - this.stringsStart);
  }

  findAll(names: Iterable<string>, kinds?: readonly BtfKind[]): ReadonlyMap<string, readonly number[]> {
    const mask = kinds === undefined ? ALL_KINDS : kindMask(kinds);
    return this.search({ names: new Set(names), essential: false, kinds: mask });
  }

  find(name: string, kind: BtfKind): number | undefined {
    let found: number | undefined;
    this.scan({ names: new Set([name]), essential: false, kinds: kindMask([kind]) }, (_, id) => {
      found = id;
      return true;
    });
    return found ?? this.base?.find(name, kind);
  }

  /** All matches, the base's first. */
  search(query: NameQuery): Map<string, number[]> {
    const matches = this.base === undefined ? new Map<string, number[]>() : this.base.search(query);
    if (query.names.size > 0) {
      this.scan(query, (name, id) => {
        const ids = matches.get(name);
        if (ids === undefined) matches.set(name, [id]);
        else ids.push(id);
        return false;
      });
    }
    return matches;
  }

  /**
   * Ids by essential name, the base's first. Objects that are loaded one after the other ask for the same names, so
   * that what a scan found is kept: a few hundred entries in the life of a process.
   */
  candidates(names: ReadonlySet<string>, kinds: number): Map<string, number[]> {
    const matches =
      this.base === undefined ? new Map<string, number[]>() : this.base.candidates(names, kinds);
    const fresh = [...names].filter((name) => !this.known.has(name));
    if (fresh.length > 0) {
      const found = new Map<string, number[]>(fresh.map((name) => [name, []]));
      const query = { names: new Set(fresh), essential: true, kinds: ALL_KINDS & ~(1 << KIND_FUNC) };
      this.scan(query, (name, id) => {
        found.get(name)?.push(id);
        return false;
      });
      for (const [name, ids] of found) this.known.set(name, ids);
    }
    for (const name of names) {
      const own = (this.known.get(name) ?? []).filter((id) => ((kinds >>> this.kindNumber(id)) & 1) === 1);
      if (own.length > 0) matches.set(name, [...(matches.get(name) ?? []), ...own]);
    }
    return matches;
  }

  /** Split BTF goes on with the ids and name offsets of its base, so that one behind the other they need no change. */
  records(): Records {
    if (this.allRecords !== undefined) return this.allRecords;
    const own = { words: this.words, starts: this.starts, strings: this.strings.bytes };
    const below = this.base?.records().parts;
    const parts =
      below === undefined
        ? own
        : {
            words: joined(Uint32Array, below.words, own.words),
            starts: joined(
              Uint32Array,
              below.starts,
              own.starts.map((start) => start + below.words.length),
            ),
            strings: joined(Uint8Array, below.strings, own.strings),
          };
    this.allRecords = new Records(this, parts);
    return this.allRecords;
  }

  private kindNumber(id: number): number {
    return ((this.words[this.start(id) + 1] ?? 0) >>> 24) & 31;
  }

  private scan(query: NameQuery, found: (name: string, id: number) => boolean): void {
    const functions = 1 << KIND_FUNC;
    if ((query.kinds & ~functions) !== 0) scanNames(this, this.index.named, query, found);
    if ((query.kinds & functions) !== 0) scanNames(this, this.index.functions, query, found);
  }

  private start(id: number): number {
    const start = this.starts[id - this.firstId];
    if (start !== undefined) return start;
    throw new TsbpfError(ErrorCode.MALFORMED, `expected a type id below ${this.endId}, found ${id}`);
  }
}

function joined<T extends Uint8Array | Uint32Array>(kind: new (length: number) => T, first: T, second: T): T {
  const all = new kind(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
