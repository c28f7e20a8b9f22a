import { MalformedError } from "../../errors.ts";
import { bitfieldOf, type Bitfield } from "./bitfield.ts";
import { DEEPEST, endless, POINTER_SIZE, resolve, sizeOf } from "./resolve.ts";
import type { Btf, BtfComposite } from "./types.ts";

/**
 * The alignment of types, each computed once: BTF does not say it, it follows from the members.
 * Make one for many questions about the same BTF.
 */
export class Alignment {
  private readonly btf: Btf;
  private readonly known = new Map<number, number>();
  private readonly packed = new Map<number, boolean>();

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** `_Alignof` in bytes on a 64-bit target. MALFORMED for types without a size. */
  of(id: number): number {
    return this.at(id, 0);
  }

  /**
   * Whether the struct can only have been declared `packed` (RULES 80): a member lies off its alignment, or the
   * size is no multiple of the largest alignment. A struct that is packed without effect is not told apart.
   */
  isPacked(id: number): boolean {
    this.at(id, 0);
    return this.packed.get(id) ?? false;
  }

  private at(id: number, depth: number): number {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    if (depth > DEEPEST) throw endless(id);
    const alignment = this.compute(id, depth);
    this.known.set(id, alignment);
    return alignment;
  }

  private compute(id: number, depth: number): number {
    const target = resolve(this.btf, id);
    const type = this.btf.type(target);
    switch (type.kind) {
      case "ptr":
        return POINTER_SIZE;
      case "int":
      case "enum":
      case "enum64":
        // __int128 is aligned to 16 (x86-64, arm64, and BPF since LLVM 18).
        return type.size;
      case "float":
        return type.size === 12 ? 4 : type.size;
      case "array":
        return this.at(type.type, depth + 1);
      case "var":
        return this.at(type.type, depth + 1);
      case "struct":
      case "union":
        return target === id ? this.composite(id, type, depth) : this.at(target, depth + 1);
      default:
        throw new MalformedError("a type with an alignment", type.kind, undefined, { trail: [`type ${id}`] });
    }
  }

  private composite(id: number, type: BtfComposite, depth: number): number {
    let largest = 1;
    let packed = false;
    for (const member of type.members) {
      const alignment = this.at(member.type, depth + 1);
      largest = Math.max(largest, alignment);
      const bitfield = bitfieldOf(this.btf, member);
      if (bitfield === undefined) packed ||= member.bitOffset % (alignment * 8) !== 0;
      else packed ||= this.crossesUnit(member.type, bitfield);
    }
    packed ||= type.size % largest !== 0;
    this.packed.set(id, packed);
    return packed ? 1 : largest;
  }

  /** A bitfield crosses the bounds of its declared type only in a packed struct. */
  private crossesUnit(type: number, { bitOffset, bitSize }: Bitfield): boolean {
    const unit = sizeOf(this.btf, type) * 8;
    return Math.floor(bitOffset / unit) !== Math.floor((bitOffset + bitSize - 1) / unit);
  }
}

/** `_Alignof` in bytes on a 64-bit target; for many types, keep one {@link Alignment}. */
export function alignOf(btf: Btf, id: number): number {
  return new Alignment(btf).of(id);
}
