import {
  KIND_ARRAY,
  KIND_CONST,
  KIND_ENUM,
  KIND_ENUM64,
  KIND_FLOAT,
  KIND_INT,
  KIND_PTR,
  KIND_RESTRICT,
  KIND_STRUCT,
  KIND_TYPEDEF,
  KIND_TYPE_TAG,
  KIND_UNION,
  KIND_VAR,
  KIND_VOLATILE,
} from "./kind-numbers.ts";
import { recordsOf } from "./read-btf.ts";
import type { Records } from "./records.ts";
import { boundedSize, DEEPEST, endless, POINTER_SIZE } from "./resolve.ts";
import { btfKinds, type Btf } from "./types.ts";

/** What is known of a type, in a byte: its alignment (at most 16), and two flags. */
const ALIGNMENT = 0x1f;
/** An int of fewer bits than its storage, which is how compilers said bitfield before kind_flag (Linux 5.0). */
const NARROW = 0x40;
const PACKED = 0x80;

/** Where a member lies, in bits from the start of the struct. */
interface MemberPlace {
  type: number;
  offset: number;
  /** Bits of a bitfield, 0 of any other member. */
  width: number;
  /** Of its type, in bytes. */
  alignment: number;
}

/** Words of a member of a struct or union. */
const MEMBER_WORDS = 3;

/**
 * Sizes, alignments and bitfields. BTF does not say alignments, they follow from the members: each is computed once.
 * Make one for many questions about the same BTF.
 */
export class Alignment {
  /** What {@link readMember} found: fields, because an object for each of the kernel's 67,000 members costs more. */
  readonly member: MemberPlace = { type: 0, offset: 0, width: 0, alignment: 1 };
  private readonly records: Records;
  private readonly known: Uint8Array;
  /** Bytes; 0 is unknown, or 0. */
  private readonly sizes: Uint32Array;

  constructor(btf: Btf) {
    this.records = recordsOf(btf);
    this.known = new Uint8Array(this.records.endId);
    this.sizes = new Uint32Array(this.records.endId);
  }

  /** `_Alignof` in bytes on a 64-bit target. MALFORMED for types without a size. */
  of(id: number): number {
    return this.facts(id, 0) & ALIGNMENT;
  }

  /**
   * Whether the struct can only have been declared `packed` (RULES 80): a member lies off its alignment, or the
   * size is no multiple of the largest alignment. A struct that is packed without effect is not told apart.
   */
  isPacked(id: number): boolean {
    return (this.facts(id, 0) & PACKED) !== 0;
  }

  /** `sizeof` in bytes. MALFORMED for what has no size (void, functions, forward declarations) and for loops. */
  size(id: number): number {
    const known = this.sizes[id] ?? 0;
    if (known !== 0) return known;
    const size = this.measure(id);
    this.sizes[id] = size;
    return size;
  }

  private measure(id: number): number {
    const { records } = this;
    let count = 1;
    let at = id;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const kind = records.kind(at);
      const start = kind === 0 ? 0 : records.start(at);
      switch (kind) {
        case KIND_PTR:
          return boundedSize(count * POINTER_SIZE, id);
        case KIND_INT:
        case KIND_STRUCT:
        case KIND_UNION:
        case KIND_ENUM:
        case KIND_ENUM64:
        case KIND_FLOAT:
          return boundedSize(count * records.word(start + 2), id);
        case KIND_ARRAY:
          count = boundedSize(count * records.word(start + 5), id);
          at = records.word(start + 3);
          break;
        default: {
          const next = this.behind(at, kind);
          if (next < 0) records.refuse(id, "a type with a size", btfKinds[kind] ?? "");
          at = next;
        }
      }
    }
    throw endless(id);
  }

  /** Reads the member of a struct or union whose record is at `word`; `flag` is the struct's kind_flag. */
  readMember(word: number, flag: boolean): void {
    this.place(word, flag, 0);
  }

  private place(word: number, flag: boolean, depth: number): void {
    const { words } = this.records;
    const type = words[word + 1] ?? 0;
    let offset = words[word + 2] ?? 0;
    let width = 0;
    if (flag) {
      width = offset >>> 24;
      offset &= 0xffffff;
    }
    let facts = this.known[type] ?? 0;
    if (facts === 0) facts = this.facts(type, depth);
    if ((facts & NARROW) !== 0 && width === 0) {
      const int = this.narrowInt(type);
      width = int & 0xff;
      offset += (int >>> 16) & 0xff;
    }
    const { member } = this;
    member.type = type;
    member.offset = offset;
    member.width = width;
    member.alignment = facts & ALIGNMENT;
  }

  private narrowInt(id: number): number {
    let at = id;
    // Facts have been found out: the chain ends.
    for (let next = at; next >= 0; next = this.behind(at, this.records.kind(at))) at = next;
    return this.records.word(this.records.start(at) + 3);
  }

  private facts(id: number, depth: number): number {
    // `?? 0`: an id out of range, which `kind` refuses.
    const known = this.known[id] ?? 0;
    if (known !== 0) return known;
    if (depth > DEEPEST) throw endless(id);
    const facts = this.compute(id, depth);
    this.known[id] = facts;
    return facts;
  }

  private compute(id: number, depth: number): number {
    const { records } = this;
    let at = id;
    let kind = records.kind(at);
    for (let steps = 0, next = this.behind(at, kind); next >= 0; next = this.behind(at, kind), steps++) {
      if (steps === DEEPEST) throw endless(id);
      at = next;
      kind = records.kind(at);
    }
    if (at !== id && (kind === KIND_STRUCT || kind === KIND_UNION))
      return this.facts(at, depth + 1) & ALIGNMENT;
    const start = kind === 0 ? 0 : records.start(at);
    const size = records.word(start + 2);
    switch (kind) {
      case KIND_PTR:
        return POINTER_SIZE;
      case KIND_INT: {
        // __int128 is aligned to 16 (x86-64, arm64, and BPF since LLVM 18).
        if (!isPower(size, 16)) return records.refuse(at, "an int of 1 to 16 bytes", String(size));
        const value = records.word(start + 3);
        const bits = value & 0xff;
        const offset = (value >>> 16) & 0xff;
        if (offset + bits > size * 8) return records.refuse(at, `an int of ${size * 8} bits`, "more");
        return bits === 0 || (bits === size * 8 && offset === 0) ? size : size | NARROW;
      }
      case KIND_ENUM:
      case KIND_ENUM64:
        return isPower(size, 8) ? size : records.refuse(at, "an enum of 1 to 8 bytes", String(size));
      case KIND_FLOAT:
        if (size === 12) return 4;
        return isPower(size, 16) && size > 1
          ? size
          : records.refuse(at, "a float of 2 to 16 bytes", String(size));
      case KIND_ARRAY:
        return this.facts(records.word(start + 3), depth + 1) & ALIGNMENT;
      case KIND_STRUCT:
      case KIND_UNION:
        return this.composite(start, depth);
      default:
        return records.refuse(at, "a type with an alignment", btfKinds[kind] ?? "");
    }
  }

  private composite(start: number, depth: number): number {
    const { records, member } = this;
    const flag = records.flag(start);
    const end = start + 3 + records.count(start) * MEMBER_WORDS;
    let largest = 1;
    let packed = false;
    for (let word = start + 3; word < end; word += MEMBER_WORDS) {
      this.place(word, flag, depth + 1);
      const { alignment, offset } = member;
      if (alignment > largest) largest = alignment;
      packed ||= member.width === 0 ? offset % (alignment * 8) !== 0 : this.crossesUnit(member);
    }
    packed ||= records.word(start + 2) % largest !== 0;
    return packed ? 1 | PACKED : largest;
  }

  /** A bitfield crosses the bounds of its declared type only in a packed struct. */
  private crossesUnit({ type, offset, width }: MemberPlace): boolean {
    const unit = this.size(type) * 8;
    return Math.floor(offset / unit) !== Math.floor((offset + width - 1) / unit);
  }

  /** The type behind a modifier, typedef or variable; -1 behind any other. */
  private behind(id: number, kind: number): number {
    switch (kind) {
      case KIND_TYPEDEF:
      case KIND_VOLATILE:
      case KIND_CONST:
      case KIND_RESTRICT:
      case KIND_TYPE_TAG:
      case KIND_VAR:
        return this.records.word(this.records.start(id) + 2);
      default:
        return -1;
    }
  }
}

function isPower(size: number, most: number): boolean {
  return size > 0 && size <= most && (size & (size - 1)) === 0;
}

/** `_Alignof` in bytes on a 64-bit target; for many types, keep one {@link Alignment}. */
export function alignOf(btf: Btf, id: number): number {
  return new Alignment(btf).of(id);
}
