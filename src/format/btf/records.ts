import { MalformedError } from "../../errors.ts";
import { kindOf } from "./decode-type.ts";
import { KIND_VOID } from "./kind-numbers.ts";
import type { Btf } from "./types.ts";

/** What the records of a BTF and of its base are made of, one behind the other. */
export interface RecordParts {
  readonly words: Uint32Array;
  /** First word of the type with id n + 1. */
  readonly starts: Uint32Array;
  readonly strings: Uint8Array;
}

/**
 * The undecoded types of a BTF, base included, under one numbering: for work on all of them, where an object for each
 * of 126,000 types costs more than the work itself. Record formats are in linux/btf.h: word 0 is the name's offset,
 * word 1 the kind and the number of elements, word 2 a size or a type, elements follow.
 */
export class Records {
  readonly btf: Btf;
  readonly parts: RecordParts;
  /** For loops over everything: before an engine has compiled them, a call costs more than what is done. */
  readonly words: Uint32Array;
  readonly strings: Uint8Array;
  readonly endId: number;
  private readonly starts: Uint32Array;

  constructor(btf: Btf, parts: RecordParts) {
    this.btf = btf;
    this.parts = parts;
    this.words = parts.words;
    this.strings = parts.strings;
    this.starts = parts.starts;
    this.endId = btf.endId;
  }

  /** Bytes of the BTF and of its base. */
  get bytes(): number {
    return (this.btf.base?.bytes.length ?? 0) + this.btf.bytes.length;
  }

  /** Index of the first word. MALFORMED for ids out of range; id 0 (`void`) has no record. */
  start(id: number): number {
    const start = this.starts[id - 1];
    if (start !== undefined) return start;
    throw new MalformedError(`a type id from 1 to ${this.endId - 1}`, String(id));
  }

  /** A word of a record, whose extent the index has checked. */
  word(index: number): number {
    return this.words[index] ?? 0;
  }

  /** `KIND_*`. UNSUPPORTED for a kind from the future. */
  kind(id: number): number {
    if (id === 0) return KIND_VOID;
    const info = this.word(this.start(id) + 1);
    const kind = (info >>> 24) & 0x7f;
    if (kind > 19) kindOf(info, id);
    return kind;
  }

  /** Number of members, values or parameters of the record that starts at `start`. */
  count(start: number): number {
    return this.word(start + 1) & 0xffffff;
  }

  /** kind_flag: bitfields in a struct, a union in a fwd, signs in an enum, an attribute in a tag. */
  flag(start: number): boolean {
    return this.word(start + 1) >>> 31 === 1;
  }

  /** The name offset in the word at `index`, 0 for every empty name. MALFORMED outside the strings. */
  name(index: number, id: number): number {
    const offset = this.word(index);
    const first = this.strings[offset];
    if (first !== undefined) return first === 0 ? 0 : offset;
    if (offset === 0) return 0;
    const trail = [`type ${id}`];
    throw new MalformedError(`a name offset below ${this.strings.length}`, String(offset), undefined, {
      trail,
    });
  }

  /** The type's own name. */
  nameOf(id: number): number {
    return id === 0 ? 0 : this.name(this.start(id), id);
  }

  /** Whether the name at an offset is this one, which is ASCII. */
  isNamed(offset: number, name: string): boolean {
    for (let at = 0; at < name.length; at++) {
      if (this.strings[offset + at] !== name.charCodeAt(at)) return false;
    }
    return this.strings[offset + name.length] === 0;
  }

  /** A record that makes no sense: the decoder says what is wrong with it. */
  refuse(id: number, expected: string, found: string): never {
    this.btf.type(id);
    throw new MalformedError(expected, found, undefined, { trail: [`type ${id}`] });
  }
}
