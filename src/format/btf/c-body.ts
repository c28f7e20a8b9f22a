import { Alignment } from "./alignment.ts";
import { bitfieldOf } from "./bitfield.ts";
import type { TextBudget } from "./c-budget.ts";
import { Declarator } from "./c-declarator.ts";
import { cIdentifier, type CNames } from "./c-names.ts";
import { DEEPEST, endless, sizeOf } from "./resolve.ts";
import type { Btf, BtfComposite, BtfEnum, BtfMember } from "./types.ts";

/** Bits of the types that pad, largest first, with the names C gives them on a 64-bit target. */
const PADDINGS = [
  [64, "long"],
  [32, "int"],
  [16, "short"],
  [8, "char"],
] as const;

/** Fits any enum of the size; an enum without it is an int (or as long as its values). */
const ENUM_MODES: { readonly [bytes: number]: string } = { 1: "byte", 2: "HI", 8: "word" };

/** Writes what stands between the braces of a struct, union or enum, so that a compiler lays it out as BTF says. */
export class BodyPrinter {
  readonly declarator: Declarator;
  private readonly btf: Btf;
  private readonly names: CNames;
  private readonly alignment: Alignment;
  private readonly budget: TextBudget;
  /** Nesting of the braces around what is being written. */
  private level = 0;
  private readonly inlined = new Set<number>();

  constructor(btf: Btf, names: CNames, budget: TextBudget) {
    this.btf = btf;
    this.names = names;
    this.budget = budget;
    this.alignment = new Alignment(btf);
    this.declarator = new Declarator(
      btf,
      { of: (id) => names.of(id), inline: (id) => this.inline(id) },
      budget,
    );
  }

  /** `struct NAME { … }` without a semicolon; for an anonymous type `struct { … }`. */
  definition(id: number, type: BtfComposite | BtfEnum): string {
    const name = this.names.of(id);
    const keyword = type.kind === "enum64" ? "enum" : type.kind;
    const head = name === "" ? keyword : `${keyword} ${name}`;
    return "members" in type ? this.composite(id, type, head) : this.enumeration(id, type, head);
  }

  /** Whether an anonymous type was written as part of another. */
  wasInlined(id: number): boolean {
    return this.inlined.has(id);
  }

  private inline(id: number): string {
    const type = this.btf.type(id);
    if (!("members" in type || "values" in type) || this.level > DEEPEST) throw endless(id);
    this.inlined.add(id);
    return this.definition(id, type);
  }

  private composite(id: number, type: BtfComposite, head: string): string {
    const packed = this.alignment.isPacked(id);
    const outer = "\t".repeat(this.level);
    if (type.members.length === 0 && type.size === 0) return `${head} {}`;
    this.level += 1;
    const tabs = `${outer}\t`;
    const lines = [`${head} {\n`];
    // Bits that are laid out so far; the members of a union all start at 0.
    let end = 0;
    for (const member of type.members) {
      const bitfield = bitfieldOf(this.btf, member);
      const start = bitfield?.bitOffset ?? member.bitOffset;
      const size = bitfield?.bitSize ?? sizeOf(this.btf, member.type) * 8;
      if (type.kind === "struct" && start > this.natural(end, member, size, bitfield !== undefined, packed)) {
        this.pad(lines, end, start, tabs, id);
      }
      const width = bitfield === undefined ? ";\n" : `: ${size};\n`;
      lines.push(tabs, this.declarator.declare(member.type, cIdentifier(member.name)), width);
      end = Math.max(end, start + size);
    }
    const alignment = packed ? 1 : this.alignment.of(id);
    if (roundUp(end, alignment * 8) < type.size * 8) {
      this.pad(lines, type.kind === "struct" ? end : 0, type.size * 8, tabs, id);
    }
    this.level -= 1;
    lines.push(outer, packed ? "} __attribute__((packed))" : "}");
    // Joined at once: a text that grows piece by piece is a tree in V8, whose nodes would live until the end.
    return lines.join("");
  }

  /** Where a compiler puts the member behind `end` bits if nothing pads. */
  private natural(end: number, member: BtfMember, size: number, bitfield: boolean, packed: boolean): number {
    if (!bitfield) return roundUp(end, packed ? 8 : this.alignment.of(member.type) * 8);
    if (packed) return end;
    // A bitfield stays within one unit of its declared type, else it starts the next.
    const unit = sizeOf(this.btf, member.type) * 8;
    return Math.floor(end / unit) === Math.floor((end + size - 1) / unit) ? end : roundUp(end, unit);
  }

  /**
   * Unnamed bitfields from bit `from` to bit `to` (RULES 80): they make room without a name and without
   * raising the alignment of the struct. Each lies within one unit of its type, so none moves.
   */
  private pad(lines: string[], from: number, to: number, tabs: string, id: number): void {
    for (let at = from; at < to;) {
      const whole = PADDINGS.find(([bits]) => at % bits === 0 && at + bits <= to);
      const bits = whole?.[0] ?? Math.min(to, roundUp(at + 1, 8)) - at;
      const line = `${tabs}${whole?.[1] ?? "char"}: ${bits};\n`;
      this.budget.spend(line.length, id);
      lines.push(line);
      at += bits;
    }
  }

  private enumeration(id: number, type: BtfEnum, head: string): string {
    // `enum x;` is what C has for an enum whose values are unknown.
    if (type.values.length === 0) return head;
    const outer = "\t".repeat(this.level);
    const suffix = type.kind === "enum" ? "" : type.signed ? "LL" : "ULL";
    const lines = [`${head} {\n`];
    let wide = false;
    for (const { name, value } of type.values) {
      const line = `${outer}\t${this.names.enumerator(name)} = ${enumerator(value)}${suffix},\n`;
      this.budget.spend(line.length, id);
      lines.push(line);
      wide ||= value !== (type.signed ? BigInt.asIntN(32, value) : BigInt.asUintN(32, value));
    }
    const mode = type.size === 8 && wide ? undefined : ENUM_MODES[type.size];
    lines.push(outer, mode === undefined ? "}" : `} __attribute__((mode(${mode})))`);
    return lines.join("");
  }
}

/** The least 64-bit number has no literal: its digits are too large before the sign applies. */
function enumerator(value: bigint): string {
  return value === -(1n << 63n) ? "-9223372036854775807LL - 1" : String(value);
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
