import { ErrorCode, MalformedError, TsbpfError } from "../../errors.ts";
import {
  btfKinds,
  type BtfArray,
  type BtfComposite,
  type BtfEnum,
  type BtfEnumValue,
  type BtfInt,
  type BtfKind,
  type BtfMember,
  type BtfParameter,
  type BtfSectionVariable,
  type BtfType,
} from "./types.ts";

/** What one type is decoded from. */
export interface TypeSource {
  readonly words: Uint32Array;
  /** Byte offset of the words in the input, for messages. */
  readonly typesOffset: number;
  /** One above the highest id that a type may refer to. */
  readonly endId: number;
  /** The text at a name offset; MALFORMED outside the strings. */
  string(offset: number): string;
}

const LINKAGES = ["static", "global", "extern"] as const;
const INT_ENCODINGS: { readonly [bits: number]: BtfInt["encoding"] } = {
  0: "none",
  1: "signed",
  2: "char",
  4: "bool",
};

/** The kind in an `info` word; UNSUPPORTED for one that was stepped over by its layout. */
export function kindOf(info: number, id: number): BtfKind {
  const kind = btfKinds[(info >>> 24) & 0x7f];
  if (kind !== undefined) return kind;
  throw new TsbpfError(
    ErrorCode.UNSUPPORTED,
    `expected a BTF kind up to 19 (enum64), found kind ${(info >>> 24) & 0x7f}`,
    { trail: [`type ${id}`] },
  );
}

/** Decodes the record of type `id` at word `at`, whose extent the index has checked. */
export function decodeType(source: TypeSource, at: number, id: number): BtfType {
  const kind = kindOf(source.words[at + 1] ?? 0, id);
  try {
    return new TypeDecoder(source, at).decode(kind);
  } catch (error) {
    throw error instanceof TsbpfError ? error.within(`type ${id}`) : error;
  }
}

/** The record formats of linux/btf.h. Word numbers are relative to the record. */
class TypeDecoder {
  private readonly source: TypeSource;
  private readonly at: number;
  private readonly flag: boolean;
  private readonly length: number;

  constructor(source: TypeSource, at: number) {
    this.source = source;
    this.at = at;
    const info = this.word(1);
    this.flag = info >>> 31 === 1;
    this.length = info & 0xffffff;
  }

  decode(kind: BtfKind): BtfType {
    switch (kind) {
      case "int":
        return this.int();
      case "array":
        return this.array();
      case "struct":
      case "union":
        return this.composite(kind);
      case "enum":
      case "enum64":
        return this.enumeration(kind);
      case "fwd":
        return { kind, name: this.name(0), union: this.flag };
      case "func":
        return { kind, name: this.name(0), type: this.id(2), linkage: this.linkage(this.length, 1) };
      case "func_proto":
        return { kind, name: "", returnType: this.id(2), parameters: this.parameters() };
      case "var":
        return { kind, name: this.name(0), type: this.id(2), linkage: this.linkage(this.word(3), 3) };
      case "datasec":
        return { kind, name: this.name(0), size: this.word(2), variables: this.variables() };
      case "float":
        return { kind, name: this.name(0), size: this.floatSize() };
      case "decl_tag": {
        const component = this.word(3) | 0;
        if (component < -1) throw this.malformed("a component index of at least -1", `${component}`, 3);
        return { kind, name: this.name(0), type: this.id(2), component, attribute: this.flag };
      }
      case "void":
        // The index refuses kind 0: id 0 has no record.
        throw this.malformed("a BTF kind from 1 to 19", "kind 0", 1);
      default:
        return { kind, name: this.name(0), type: this.id(2), attribute: this.flag };
    }
  }

  private int(): BtfInt {
    const size = this.word(2);
    const value = this.word(3);
    const encoding = INT_ENCODINGS[value >>> 24];
    const offset = (value >>> 16) & 0xff;
    const bits = value & 0xff;
    if (encoding === undefined) {
      throw this.malformed("an int encoding of 0, 1, 2 or 4", String(value >>> 24), 3);
    }
    if (![1, 2, 4, 8, 16].includes(size))
      throw this.malformed("an int of 1, 2, 4, 8 or 16 bytes", `${size}`, 2);
    if (offset + bits > size * 8) {
      throw this.malformed(`an int within ${size * 8} bits`, `${bits} bits at ${offset}`, 3);
    }
    return { kind: "int", name: this.name(0), size, bits, offset, encoding };
  }

  private array(): BtfArray {
    return { kind: "array", name: "", type: this.id(3), indexType: this.id(4), length: this.word(5) };
  }

  private composite(kind: "struct" | "union"): BtfComposite {
    const members: BtfMember[] = [];
    for (let word = 3; word < 3 + this.length * 3; word += 3) {
      const offset = this.word(word + 2);
      members.push({
        name: this.name(word),
        type: this.id(word + 1),
        bitOffset: this.flag ? offset & 0xffffff : offset,
        bitSize: this.flag ? offset >>> 24 : 0,
      });
    }
    return { kind, name: this.name(0), size: this.word(2), members, hasBitfields: this.flag };
  }

  private enumeration(kind: "enum" | "enum64"): BtfEnum {
    const size = this.word(2);
    if (![1, 2, 4, 8].includes(size)) throw this.malformed("an enum of 1, 2, 4 or 8 bytes", `${size}`, 2);
    const values: BtfEnumValue[] = [];
    const step = kind === "enum" ? 2 : 3;
    for (let word = 3; word < 3 + this.length * step; word += step) {
      const low = this.word(word + 1);
      let value: bigint;
      if (kind === "enum") value = BigInt(this.flag ? low | 0 : low);
      else {
        value = (BigInt(this.word(word + 2)) << 32n) | BigInt(low);
        if (this.flag) value = BigInt.asIntN(64, value);
      }
      values.push({ name: this.name(word), value });
    }
    return { kind, name: this.name(0), size, signed: this.flag, values };
  }

  private parameters(): BtfParameter[] {
    const parameters: BtfParameter[] = [];
    for (let word = 3; word < 3 + this.length * 2; word += 2) {
      parameters.push({ name: this.name(word), type: this.id(word + 1) });
    }
    return parameters;
  }

  private variables(): BtfSectionVariable[] {
    const variables: BtfSectionVariable[] = [];
    for (let word = 3; word < 3 + this.length * 3; word += 3) {
      variables.push({ type: this.id(word), offset: this.word(word + 1), size: this.word(word + 2) });
    }
    return variables;
  }

  private floatSize(): number {
    const size = this.word(2);
    if ([2, 4, 8, 12, 16].includes(size)) return size;
    throw this.malformed("a float of 2, 4, 8, 12 or 16 bytes", `${size}`, 2);
  }

  private linkage(value: number, word: number): (typeof LINKAGES)[number] {
    const linkage = LINKAGES[value];
    if (linkage === undefined) throw this.malformed("a linkage of 0, 1 or 2", `${value}`, word);
    return linkage;
  }

  private id(word: number): number {
    const id = this.word(word);
    if (id >= this.source.endId) {
      throw this.malformed(`a type id below ${this.source.endId}`, `${id}`, word);
    }
    return id;
  }

  private name(word: number): string {
    const offset = this.word(word);
    return offset === 0 ? "" : this.source.string(offset);
  }

  private word(word: number): number {
    // `?? 0` never takes effect: the index has checked the record's extent.
    return this.source.words[this.at + word] ?? 0;
  }

  private malformed(expected: string, found: string, word: number): MalformedError {
    return new MalformedError(expected, found, this.source.typesOffset + (this.at + word) * 4);
  }
}
