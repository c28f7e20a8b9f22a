import type { DeclaredNames, Name } from "./c-names.ts";
import type { CText } from "./c-text.ts";
import {
  KIND_ARRAY,
  KIND_CONST,
  KIND_ENUM,
  KIND_ENUM64,
  KIND_FLOAT,
  KIND_FUNC_PROTO,
  KIND_FWD,
  KIND_INT,
  KIND_PTR,
  KIND_RESTRICT,
  KIND_STRUCT,
  KIND_TYPEDEF,
  KIND_TYPE_TAG,
  KIND_UNION,
  KIND_VOID,
  KIND_VOLATILE,
} from "./kind-numbers.ts";
import type { Records } from "./records.ts";
import { DEEPEST, endless } from "./resolve.ts";
import { btfKinds } from "./types.ts";

const ASTERISK = 0x2a;
/** Longest `const char * const *` that is remembered; longer ones are written anew. */
const LONGEST_PREFIX = 255;

/** Texts in front of a name, by type id: nearly every type needs nothing behind it. */
class Prefixes {
  readonly starts: Uint32Array;
  /** 0: not written yet. */
  readonly lengths: Uint8Array;

  constructor(endId: number) {
    this.starts = new Uint32Array(endId);
    this.lengths = new Uint8Array(endId);
  }
}

/**
 * C declarations from BTF, read inside out: `int (*name[4])(void)` is array → pointer → prototype → int.
 * Type chains are followed from the outermost type, which stands next to the name, to the base; then the base is written,
 * what stands left of the name from the base outwards, the name, and what stands right of it on the way back.
 */
export class Declarator {
  private readonly records: Records;
  private readonly text: CText;
  private readonly names: DeclaredNames;
  private readonly inline: (id: number) => void;
  private readonly prefixes: Prefixes | undefined;
  /** Ids from the outermost type to the base; declarations within declarations stand above each other. */
  private readonly chain: number[] = [];
  /** How much of the chain is in use: shortening an array costs more than writing over it. */
  private top = 0;
  /** Prototypes within prototypes. */
  private level = 0;

  /**
   * `inline` writes an anonymous struct, union or enum without qualifiers: `struct { … }`. Who writes many declarations
   * lets them `remember` what they have in common.
   */
  constructor(
    records: Records,
    text: CText,
    names: DeclaredNames,
    inline: (id: number) => void,
    remember: boolean,
  ) {
    this.records = records;
    this.text = text;
    this.names = names;
    this.inline = inline;
    this.prefixes = remember ? new Prefixes(records.endId) : undefined;
  }

  /** `type name`; without a name (0) the abstract declarator: `char *[4]`. */
  declare(id: number, name: Name): void {
    const known = this.prefixes?.lengths[id] ?? 0;
    if (known === 0) {
      this.build(id, name);
      return;
    }
    const { text } = this;
    text.again(this.prefixes?.starts[id] ?? 0, known);
    if (name === 0) return;
    if (text.at(text.length - 1) !== ASTERISK) text.space();
    this.names.write(text, name);
  }

  private build(id: number, name: Name): void {
    const { records, text, chain, prefixes } = this;
    const bottom = this.top;
    const base = this.follow(id);
    const { top } = this;
    const kind = records.kind(base);
    const start = text.length;
    // A qualifier of the base stands in front of it.
    const pointee = this.qualifiersBelow(top, bottom);
    for (let at = pointee; at < top; at++) {
      this.qualifier(chain[at] ?? 0);
      text.space();
    }
    this.base(base, kind);
    let simple = records.nameOf(base) !== 0 || kind === KIND_VOID;
    // One blank between words, none behind an asterisk or a parenthesis.
    let blank = true;
    for (let at = pointee - 1; at >= bottom; at--) {
      const element = chain[at] ?? 0;
      if (records.kind(element) === KIND_PTR) {
        if (blank) text.space();
        text.byte(ASTERISK);
        blank = false;
        // A qualifier of the pointer stands behind the asterisk.
        const own = this.qualifiersBelow(at, bottom);
        for (let next = own; next < at; next++) {
          if (next > own) text.space();
          this.qualifier(chain[next] ?? 0);
          blank = true;
        }
        at = own;
        continue;
      }
      simple = false;
      const outer = this.outerOf(at, bottom);
      if (outer >= bottom && records.kind(chain[outer] ?? 0) === KIND_PTR) {
        if (blank) text.space();
        text.byte(0x28);
        blank = false;
      }
      // RULES 80: a qualifier of an array or function is dropped. The elements of an array carry their own, and gcc
      // writes noreturn function types as volatile; C has no qualified functions.
      at = outer + 1;
    }
    if (simple && prefixes !== undefined && text.length - start <= LONGEST_PREFIX) {
      prefixes.starts[id] = start;
      prefixes.lengths[id] = text.length - start;
    }
    if (name !== 0) {
      if (blank) text.space();
      this.names.write(text, name);
      blank = false;
    }
    if (!simple) this.suffixes(bottom, pointee, blank);
    this.top = bottom;
  }

  /** Puts the types from `id` down to the base on the chain and returns the base. */
  private follow(id: number): number {
    const { records } = this;
    let at = id;
    for (let depth = 0; depth < DEEPEST; depth++) {
      switch (records.kind(at)) {
        case KIND_CONST:
        case KIND_VOLATILE:
        case KIND_RESTRICT:
        case KIND_PTR:
        case KIND_FUNC_PROTO:
          this.chain[this.top++] = at;
          at = records.word(records.start(at) + 2);
          break;
        case KIND_TYPE_TAG:
          if (tagAttribute(records, at) !== "") this.chain[this.top++] = at;
          at = records.word(records.start(at) + 2);
          break;
        case KIND_ARRAY:
          this.chain[this.top++] = at;
          at = records.word(records.start(at) + 3);
          break;
        case KIND_TYPEDEF:
          if (!isBuiltIn(records, at)) return at;
          at = records.word(records.start(at) + 2);
          break;
        default:
          return at;
      }
    }
    throw endless(id);
  }

  /** Place of the first of the qualifiers that stand right before `end` in the chain. */
  private qualifiersBelow(end: number, bottom: number): number {
    let at = end;
    while (at > bottom && isQualifier(this.records.kind(this.chain[at - 1] ?? 0))) at -= 1;
    return at;
  }

  /** Place of the element that is no qualifier before the one at `at`; `bottom - 1` if there is none. */
  private outerOf(at: number, bottom: number): number {
    return this.qualifiersBelow(at, bottom) - 1;
  }

  private suffixes(bottom: number, end: number, blankFirst: boolean): void {
    const { records, text, chain } = this;
    let blank = blankFirst;
    for (let at = bottom; at < end; at++) {
      const id = chain[at] ?? 0;
      const kind = records.kind(id);
      if (kind !== KIND_ARRAY && kind !== KIND_FUNC_PROTO) continue;
      const outer = this.outerOf(at, bottom);
      if (outer >= bottom && records.kind(chain[outer] ?? 0) === KIND_PTR) {
        text.byte(0x29);
        blank = false;
      }
      if (blank) text.space();
      blank = false;
      if (kind === KIND_ARRAY) {
        text.byte(0x5b);
        text.number(records.word(records.start(id) + 5));
        text.byte(0x5d);
      } else {
        text.byte(0x28);
        this.parameters(id);
        text.byte(0x29);
      }
    }
  }

  private parameters(id: number): void {
    const { records, text } = this;
    const start = records.start(id);
    const count = records.count(start);
    if (count === 0) {
      text.ascii("void");
      return;
    }
    this.level += 1;
    if (this.level > DEEPEST) throw endless(id);
    for (let index = 0; index < count; index++) {
      const word = start + 3 + index * 2;
      const type = records.word(word + 1);
      if (index > 0) text.ascii(", ");
      if (type === 0 && index === count - 1) text.ascii("...");
      else this.declare(type, records.name(word, id));
    }
    this.level -= 1;
  }

  private qualifier(id: number): void {
    const { records, text } = this;
    const kind = records.kind(id);
    text.ascii(kind === KIND_TYPE_TAG ? tagAttribute(records, id) : (btfKinds[kind] ?? ""));
  }

  private base(id: number, kind: number): void {
    const { records, text, names } = this;
    const name = names.of(id);
    switch (kind) {
      case KIND_VOID:
        text.ascii("void");
        return;
      case KIND_STRUCT:
      case KIND_UNION:
      case KIND_ENUM:
      case KIND_ENUM64:
      case KIND_FWD:
        if (name === 0 && kind !== KIND_FWD) {
          this.inline(id);
          return;
        }
        text.ascii(keyword(records, id, kind));
        names.write(text, name);
        return;
      case KIND_INT:
      case KIND_FLOAT:
        names.writeBasic(text, name);
        return;
      case KIND_TYPEDEF:
        names.write(text, name);
        return;
      default:
        records.refuse(id, "a type that a declaration can use", btfKinds[kind] ?? "");
    }
  }
}

function isQualifier(kind: number): boolean {
  return kind === KIND_CONST || kind === KIND_VOLATILE || kind === KIND_RESTRICT || kind === KIND_TYPE_TAG;
}

/** clang 14 and later record the attribute as a type tag; with kind_flag the tag is the attribute itself. */
function tagAttribute(records: Records, id: number): string {
  const name = records.btf.name(id);
  if (!records.flag(records.start(id))) {
    return `__attribute__((btf_type_tag("${name.replace(/[^\w:. -]/gu, "_")}")))`;
  }
  // Only what is surely one attribute; its arguments are numbers and words.
  return /^\w+(\([\w, ]*\))?$/.test(name) ? `__attribute__((${name}))` : "";
}

/** `struct `, `union ` or `enum `. */
export function keyword(records: Records, id: number, kind: number): string {
  switch (kind) {
    case KIND_STRUCT:
      return "struct ";
    case KIND_UNION:
      return "union ";
    case KIND_FWD:
      return records.flag(records.start(id)) ? "union " : "struct ";
    default:
      return "enum ";
  }
}

/**
 * Typedefs that every C compiler has built in and lets nobody define. What is behind them is printed instead:
 * the kernel's `va_list` has 24 bytes, that of a BPF compiler 8.
 */
export function isBuiltIn(records: Records, typedef: number): boolean {
  return records.isNamed(records.nameOf(typedef), "__builtin_va_list");
}
