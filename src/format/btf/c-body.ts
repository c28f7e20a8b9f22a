import { Alignment } from "./alignment.ts";
import { Declarator, keyword } from "./c-declarator.ts";
import type { CNames } from "./c-names.ts";
import type { CText } from "./c-text.ts";
import { KIND_ENUM, KIND_ENUM64, KIND_STRUCT, KIND_UNION } from "./kind-numbers.ts";
import type { Records } from "./records.ts";
import { DEEPEST, endless } from "./resolve.ts";

/** Fits any enum of the size; an enum without it is an int (or as long as its values). */
const ENUM_MODES: { readonly [bytes: number]: string } = { 1: "byte", 2: "HI", 8: "word" };

/** Writes what stands between the braces of a struct, union or enum, so that a compiler lays it out as BTF says. */
export class BodyPrinter {
  readonly declarator: Declarator;
  private readonly records: Records;
  private readonly text: CText;
  private readonly names: CNames;
  private readonly alignment: Alignment;
  /** Nesting of the braces around what is being written. */
  private level = 0;
  /** 1 for what was written as part of another type, or twice. */
  private readonly written: Uint8Array;

  constructor(records: Records, text: CText, names: CNames, remember: boolean) {
    this.records = records;
    this.text = text;
    this.names = names;
    this.alignment = new Alignment(records.btf);
    this.written = new Uint8Array(records.endId);
    this.declarator = new Declarator(
      records,
      text,
      names,
      (id) => {
        if (this.level > DEEPEST) throw endless(id);
        this.definition(id);
      },
      remember,
    );
  }

  /** `struct NAME { … }` without a semicolon; for an anonymous type `struct { … }`. */
  definition(id: number): void {
    const { records, text } = this;
    text.subject = id;
    const kind = records.kind(id);
    text.ascii(keyword(records, id, kind));
    const name = this.names.of(id);
    if (name !== 0) {
      this.names.write(text, name);
      text.space();
    }
    if (kind === KIND_STRUCT || kind === KIND_UNION) this.composite(id, kind === KIND_STRUCT);
    else if (kind === KIND_ENUM || kind === KIND_ENUM64) this.enumeration(id, kind);
    else records.refuse(id, "a type with a body", "another");
    this.written[id] = 1;
  }

  /** Whether an anonymous type was written as part of another. */
  wasWritten(id: number): boolean {
    return this.written[id] === 1;
  }

  private composite(id: number, isStruct: boolean): void {
    const { records, text, alignment } = this;
    const start = records.start(id);
    const count = records.count(start);
    const bits = records.word(start + 2) * 8;
    if (count === 0 && bits === 0) {
      text.ascii("{}");
      return;
    }
    const packed = alignment.isPacked(id);
    const flag = records.flag(start);
    const { member } = alignment;
    text.ascii("{\n");
    this.level += 1;
    // Bits that are laid out so far; the members of a union all start at 0.
    let end = 0;
    for (let word = start + 3; word < start + 3 + count * 3; word += 3) {
      alignment.readMember(word, flag);
      const { type, offset, width } = member;
      const size = width === 0 ? alignment.size(type) * 8 : width;
      if (isStruct && offset > end && offset > this.natural(end, packed)) this.pad(end, offset);
      text.tabs(this.level);
      this.declarator.declare(type, records.name(word, id));
      if (width !== 0) {
        text.ascii(": ");
        text.number(width);
      }
      text.ascii(";\n");
      if (offset + size > end) end = offset + size;
    }
    if (end < bits && roundUp(end, packed ? 8 : alignment.of(id) * 8) < bits)
      this.pad(isStruct ? end : 0, bits);
    this.level -= 1;
    text.tabs(this.level);
    text.ascii(packed ? "} __attribute__((packed))" : "}");
  }

  /** Where a compiler puts the member that was read behind `end` bits if nothing pads. */
  private natural(end: number, packed: boolean): number {
    const { type, width, alignment } = this.alignment.member;
    if (width === 0) return roundUp(end, packed ? 8 : alignment * 8);
    if (packed) return end;
    // A bitfield stays within one unit of its declared type, else it starts the next.
    const unit = this.alignment.size(type) * 8;
    return Math.floor(end / unit) === Math.floor((end + width - 1) / unit) ? end : roundUp(end, unit);
  }

  /**
   * Unnamed bitfields from bit `from` to bit `to` (RULES 80): they make room without a name and without
   * raising the alignment of the struct. Each lies within one unit of its type, so none moves.
   */
  private pad(from: number, to: number): void {
    const { text } = this;
    for (let at = from; at < to;) {
      let bits = 64;
      while (bits > 8 && (at % bits !== 0 || at + bits > to)) bits /= 2;
      text.tabs(this.level);
      text.ascii(bits === 64 ? "long: " : bits === 32 ? "int: " : bits === 16 ? "short: " : "char: ");
      // To the end of the byte, where nothing larger begins.
      bits = bits > 8 ? bits : Math.min(to, roundUp(at + 1, 8)) - at;
      text.number(bits);
      text.ascii(";\n");
      at += bits;
    }
  }

  private enumeration(id: number, kind: number): void {
    const { records, text, names } = this;
    const start = records.start(id);
    const count = records.count(start);
    // `enum x;` is what C has for an enum whose values are unknown.
    if (count === 0) {
      text.unspace();
      return;
    }
    const signed = records.flag(start);
    const nameOf = names.enumerators(id, this.wasWritten(id));
    const step = kind === KIND_ENUM ? 2 : 3;
    let wide = false;
    text.ascii("{\n");
    for (let word = start + 3; word < start + 3 + count * step; word += step) {
      text.tabs(this.level + 1);
      names.write(text, nameOf(word));
      text.ascii(" = ");
      const low = records.word(word + 1);
      if (kind === KIND_ENUM) text.number(signed ? low | 0 : low);
      else {
        const value = value64(records.word(word + 2), low, signed);
        text.ascii(`${literal(value)}${signed ? "LL" : "ULL"}`);
        wide ||= value !== (signed ? BigInt.asIntN(32, value) : BigInt.asUintN(32, value));
      }
      text.ascii(",\n");
    }
    text.tabs(this.level);
    const size = records.word(start + 2);
    const mode = size === 8 && wide ? undefined : ENUM_MODES[size];
    text.ascii(mode === undefined ? "}" : `} __attribute__((mode(${mode})))`);
  }
}

function value64(high: number, low: number, signed: boolean): bigint {
  const value = (BigInt(high) << 32n) | BigInt(low);
  return signed ? BigInt.asIntN(64, value) : value;
}

/** The least 64-bit number has no literal: its digits are too large before the sign applies. */
function literal(value: bigint): string {
  return value === -(1n << 63n) ? "-9223372036854775807LL - 1" : String(value);
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
