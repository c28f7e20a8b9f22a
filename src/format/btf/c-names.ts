import { BASIC_TYPE, IDENTIFIER, VERBATIM, type CText } from "./c-text.ts";
import { KIND_ENUM, KIND_ENUM64, KIND_FLOAT, KIND_FWD, KIND_INT, KIND_TYPEDEF } from "./kind-numbers.ts";
import { NamePool, NameTable } from "./name-table.ts";
import type { Records } from "./records.ts";

/** A name as a number: where it starts in the pool of names, whose beginning is the string section. 0 is the empty name. */
export type Name = number;

/** Where a declaration takes names from. */
export interface DeclaredNames {
  /** The name of a struct, union, enum, fwd, typedef or basic type; 0 if it is anonymous. */
  of(id: number): Name;
  write(text: CText, name: Name): void;
  /** The name of a basic type, of several words. */
  writeBasic(text: CText, name: Name): void;
}

/**
 * Gives every printed type and enumerator a name that is unique in its C namespace. BTF may hold several
 * structs of one name, C may not: the second becomes `NAME___2` (RULES 80), which CO-RE reads as `NAME` (RULES 37).
 */
export class CNames implements DeclaredNames {
  private readonly records: Records;
  /** struct, union and enum tags share one namespace. */
  private readonly tags: NameTable;
  /** Typedefs, enumerators and functions share another. */
  private readonly identifiers: NameTable;
  private readonly byId: Uint32Array;
  private readonly pool: NamePool;
  /** How often each name that was not unique is there. */
  private readonly counts = new Map<NameTable, Map<Name, number>>();
  /** Enums whose enumerators have got their names, and the enumerators that got others than their own. */
  private readonly namedEnums: Uint8Array;
  private readonly renamed = new Map<number, Name>();

  constructor(records: Records) {
    this.records = records;
    this.pool = new NamePool(records.strings);
    this.tags = new NameTable(this.pool);
    this.identifiers = new NameTable(this.pool);
    this.byId = new Uint32Array(records.endId);
    this.namedEnums = new Uint8Array(records.endId);
  }

  /** Each id keeps its name. */
  of(id: number): Name {
    const known = this.byId[id] ?? 0;
    if (known !== 0) return known;
    const { records } = this;
    let name = records.nameOf(id);
    if (name === 0) return 0;
    const kind = records.kind(id);
    if (kind === KIND_TYPEDEF) name = this.unique(this.identifiers, name);
    else if (kind !== KIND_INT && kind !== KIND_FLOAT && this.isDefinition(id, kind)) {
      name = this.unique(this.tags, name);
    }
    this.byId[id] = name;
    return name;
  }

  /** The name of a function. */
  function(id: number): Name {
    this.byId[id] ||= this.unique(this.identifiers, this.records.nameOf(id));
    return this.byId[id] ?? 0;
  }

  /**
   * The names of an enum's values, by the word that says the value's own name. A C scope knows each constant once:
   * where an enum is written `again`, its values get new names.
   */
  enumerators(id: number, again: boolean): (word: number) => Name {
    const { records } = this;
    if (!again && this.namedEnums[id] === 1)
      return (word) => this.renamed.get(word) ?? records.name(word, id);
    this.namedEnums[id] = 1;
    return (word) => {
      const own = records.name(word, id);
      const name = this.unique(this.identifiers, own);
      if (name !== own && !again) this.renamed.set(word, name);
      return name;
    };
  }

  write(text: CText, name: Name): void {
    text.name(this.pool.bytes, name, IDENTIFIER);
  }

  writeBasic(text: CText, name: Name): void {
    text.name(this.pool.bytes, name, BASIC_TYPE);
  }

  /** Forward declarations name a type that is defined elsewhere, and an enum without values is one. */
  private isDefinition(id: number, kind: number): boolean {
    if (kind === KIND_FWD) return false;
    if (kind !== KIND_ENUM && kind !== KIND_ENUM64) return true;
    return this.records.count(this.records.start(id)) > 0;
  }

  private unique(table: NameTable, name: Name): Name {
    const first = table.add(name);
    if (first === 0) return name;
    let counts = this.counts.get(table);
    if (counts === undefined) this.counts.set(table, (counts = new Map()));
    let count = counts.get(first) ?? 1;
    let candidate: Name;
    // The BTF of a program built with a printed header has a `NAME___2` of its own.
    do {
      count += 1;
      candidate = this.pool.number(name, count);
    } while (table.add(candidate) !== 0);
    counts.set(first, count);
    return candidate;
  }
}

/** Names as the BTF has them, for messages. */
export class OwnNames implements DeclaredNames {
  private readonly records: Records;

  constructor(records: Records) {
    this.records = records;
  }

  of(id: number): Name {
    return this.records.nameOf(id);
  }

  write(text: CText, name: Name): void {
    text.name(this.records.strings, name, VERBATIM);
  }

  writeBasic(text: CText, name: Name): void {
    this.write(text, name);
  }
}
