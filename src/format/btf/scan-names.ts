import type { StringTable } from "./string-table.ts";

/** The own types of a BTF, as far as a search by name needs them. */
export interface NamedTypes {
  /** First words of the types. */
  readonly words: Uint32Array;
  readonly starts: Uint32Array;
  readonly firstId: number;
  /** The own string section and the name offset of its first byte. */
  readonly strings: StringTable;
  readonly stringsStart: number;
}

/** What is searched for. */
export interface NameQuery {
  readonly names: ReadonlySet<string>;
  /** Compare names of types without their flavour suffix (RULES 37). */
  readonly essential: boolean;
  /** Bit n stands for kind number n; all kinds: -1. */
  readonly kinds: number;
}

/** First two bytes of a name: 65,536 places, of which a query uses a few dozen. */
const PREFIXES = 65536;
const UNDERSCORE = 0x5f;

/**
 * One pass over the types at `positions` for all names of a query. The first two bytes of a type's name decide
 * for 12 of 13 types (20 names, the kernel's BTF); of the rest a hash is taken before a string is made, so the time is linear in the types
 * whatever is asked for. Calls `found` with the wanted name and the type's id, ascending; `true` ends the pass.
 */
export function scanNames(
  types: NamedTypes,
  positions: Uint32Array,
  query: NameQuery,
  found: (name: string, id: number) => boolean | undefined,
): void {
  const { words, starts, firstId, stringsStart } = types;
  const strings = types.strings.bytes;
  const { kinds, essential } = query;
  const filter = new NameFilter(query.names);
  const { prefixes, seconds } = filter;
  for (let index = 0; index < positions.length; index++) {
    // `?? 0`: the index has checked all of these; a name offset beyond the strings reads as "" here.
    const position = positions[index] ?? 0;
    const start = starts[position] ?? 0;
    const offset = (words[start] ?? 0) - stringsStart;
    if (prefixes[(strings[offset] ?? 0) | ((strings[offset + 1] ?? 0) << 8)] === 0) continue;
    if (seconds[(strings[offset + 2] ?? 0) | ((strings[offset + 3] ?? 0) << 8)] === 0) continue;
    if (((kinds >>> (((words[start + 1] ?? 0) >>> 24) & 31)) & 1) === 0) continue;
    const length = wantedLength(strings, offset, essential);
    if (!filter.mayHave(strings, offset, length)) continue;
    const name = types.strings.at(offset).slice(0, length);
    if (query.names.has(name) && found(name, firstId + position) === true) return;
  }
}

/** Decides quickly, by prefix and hash, that a name is not among the wanted. */
class NameFilter {
  readonly prefixes: Uint8Array = new Uint8Array(PREFIXES);
  /** The same for the third and fourth byte: what passes both is nearly always wanted. */
  readonly seconds: Uint8Array = new Uint8Array(PREFIXES);
  private readonly hashes = new Uint8Array(PREFIXES);

  constructor(names: Iterable<string>) {
    for (const name of names) {
      // Wanted names outside ASCII (none in C) pass by their first byte and are decided by comparison.
      const bytes = asciiBytes(name);
      if (bytes === undefined) {
        this.prefixes.fill(1);
        this.seconds.fill(1);
        this.hashes.fill(1);
        return;
      }
      if (bytes.length === 0) continue;
      this.prefixes[(bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8)] = 1;
      // A one-letter name may be followed by a flavour.
      if (bytes.length === 1) this.prefixes[(bytes[0] ?? 0) | (UNDERSCORE << 8)] = 1;
      // Behind a shorter name stands what its flavour or the next name begins with.
      if (bytes.length < 4) this.seconds.fill(1);
      else this.seconds[(bytes[2] ?? 0) | ((bytes[3] ?? 0) << 8)] = 1;
      this.hashes[hash(bytes, 0, bytes.length)] = 1;
    }
  }

  mayHave(strings: Uint8Array, offset: number, length: number): boolean {
    return this.hashes[hash(strings, offset, length)] === 1;
  }
}

function asciiBytes(name: string): Uint8Array | undefined {
  const bytes = new Uint8Array(name.length);
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code >= 0x80) return undefined;
    bytes[at] = code;
  }
  return bytes;
}

/** FNV-1a folded to 16 bits. A collision costs a comparison, nothing else. */
function hash(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0x811c9dc5;
  for (let at = offset; at < offset + length; at++) {
    value = Math.imul(value ^ (bytes[at] ?? 0), 0x01000193);
  }
  return (value ^ (value >>> 16)) & 0xffff;
}

/** Length of the name at `offset`, without its flavour suffix if `essential` (see `essentialLength`). */
function wantedLength(strings: Uint8Array, offset: number, essential: boolean): number {
  let at = offset;
  let underscores = 0;
  let cut = -1;
  for (; ; at++) {
    const byte = strings[at] ?? 0;
    if (byte === 0) break;
    if (byte === UNDERSCORE) underscores += 1;
    else {
      if (underscores === 3 && at - 3 > offset) cut = at - 3;
      underscores = 0;
    }
  }
  return (essential && cut >= 0 ? cut : at) - offset;
}
