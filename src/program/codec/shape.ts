/**
 * What a codec needs to know of a C type: modifiers skipped, anonymous members folded in, bitfields of both BTF
 * layouts told apart, arrays of characters recognised. Everything is checked here, so that the generators emit
 * only reads inside the type.
 */
import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import type { Btf, BtfArray, BtfComposite, BtfEnum, BtfInt, BtfType } from "../../format/btf/index.ts";

/** A C type as the codecs see it; `size` is in bytes. */
export type Shape =
  | IntegerShape
  | BooleanShape
  | FloatShape
  | TextShape
  | BytesShape
  | ArrayShape
  | CompositeShape;

/** Integers, pointers and enums. Up to 4 bytes a `number`, above a `bigint`. */
export interface IntegerShape {
  readonly kind: "integer";
  readonly size: 1 | 2 | 4 | 8 | 16;
  readonly signed: boolean;
  readonly enum: EnumShape | undefined;
}
/** The named values of an enum. */
export interface EnumShape {
  readonly typeId: number;
  /** Its tag, or the typedef it was reached by; "" if it has neither. */
  readonly name: string;
  readonly type: BtfEnum;
}
export interface BooleanShape {
  readonly kind: "boolean";
  readonly size: 1 | 2 | 4 | 8;
}
export interface FloatShape {
  readonly kind: "float";
  readonly size: 4 | 8;
}
/** `char[size]`: text up to its NUL, or all of it. */
export interface TextShape {
  readonly kind: "text";
  readonly size: number;
}
/** An array of unsigned bytes, or a float that JavaScript has no number for. */
export interface BytesShape {
  readonly kind: "bytes";
  readonly size: number;
}
export interface ArrayShape {
  readonly kind: "array";
  readonly size: number;
  readonly length: number;
  readonly element: Shape;
}
export interface CompositeShape {
  readonly kind: "composite";
  readonly size: number;
  readonly union: boolean;
  readonly typeId: number;
  /** Its tag, or the typedef it was reached by; "" if it has neither. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** The last member if it is a flexible array; its shape has length or size 0. */
  readonly flexible: Field | undefined;
}

/** A member, or a member of an anonymous member. */
export interface Field {
  readonly name: string;
  /** As declared, with its modifiers. */
  readonly typeId: number;
  readonly shape: Shape;
  /** From the start of the composite. */
  readonly bitOffset: number;
  /** 0: not a bitfield, and `bitOffset` is a multiple of 8. */
  readonly bits: number;
}

/** C compilers give up long before; a hostile BTF must not exhaust the stack. */
const DEEPEST = 64;
/** btf_type.vlen has 16 bits; folding must not multiply beyond that. */
const MOST_FIELDS = 65_535;
/** Offsets in typed arrays are computed with 32-bit shifts. */
const LARGEST = 0x7fff_ffff;
/** An array of empty structs costs elements but no bytes. */
const MOST_EMPTY = 65_536;

/** The shape of a type. UNSUPPORTED: a type without a size; MALFORMED: a type that no compiler emits. */
export function shapeOf(btf: Btf, typeId: number): Shape {
  return new ShapeReader(btf).shape(typeId, 0);
}

class ShapeReader {
  private readonly btf: Btf;
  private readonly composites = new Map<number, CompositeShape | "open">();

  constructor(btf: Btf) {
    this.btf = btf;
  }

  shape(typeId: number, depth: number): Shape {
    if (depth > DEEPEST) throw new MalformedError(`types nested at most ${DEEPEST} deep`, "deeper ones");
    const { id, type, alias } = this.bare(typeId);
    switch (type.kind) {
      case "int":
        return integer(type);
      case "ptr":
        return { kind: "integer", size: 8, signed: false, enum: undefined };
      case "enum":
      case "enum64":
        return {
          kind: "integer",
          size: width(type.size, [1, 2, 4, 8], "an enum"),
          signed: type.signed,
          enum: { typeId: id, name: type.name || alias, type },
        };
      case "float":
        // _Float16, x87 long double and float128: no BPF program computes with them, so their bytes do.
        return type.size === 4 || type.size === 8
          ? { kind: "float", size: type.size }
          : { kind: "bytes", size: type.size };
      case "array":
        return this.array(type, depth);
      case "struct":
      case "union":
        return this.composite(id, type, alias, depth);
      default:
        throw new TsbpfError(
          ErrorCode.UNSUPPORTED,
          `expected a type with values, found ${type.kind}${type.name === "" ? "" : ` "${type.name}"`}`,
        );
    }
  }

  /** The type behind names and qualifiers, and the last typedef on the way. */
  private bare(typeId: number): { id: number; type: BtfType; alias: string } {
    let id = typeId;
    let alias = "";
    for (let steps = 0; steps < 1000; steps++) {
      const type = this.btf.type(id);
      switch (type.kind) {
        case "typedef":
          alias = type.name;
          id = type.type;
          break;
        case "const":
        case "volatile":
        case "restrict":
        case "type_tag":
        case "var":
          id = type.type;
          break;
        default:
          return { id, type, alias };
      }
    }
    throw new MalformedError("a type behind typedefs and qualifiers", `a loop at type ${typeId}`);
  }

  private array(array: BtfArray, depth: number): Shape {
    const { type } = this.bare(array.type);
    const bytes = type.kind === "int" ? bytesOf(type) : undefined;
    if (bytes !== undefined) return { kind: bytes, size: bounded(array.length) };
    const element = this.shape(array.type, depth + 1);
    if (element.size === 0 && array.length > MOST_EMPTY) {
      throw new MalformedError(`at most ${MOST_EMPTY} empty elements`, String(array.length));
    }
    return { kind: "array", size: bounded(array.length * element.size), length: array.length, element };
  }

  private composite(id: number, type: BtfComposite, alias: string, depth: number): CompositeShape {
    const known = this.composites.get(id);
    if (known === "open")
      throw new MalformedError("a type of finite size", `${type.kind} "${type.name}" in itself`);
    if (known !== undefined) return known;
    this.composites.set(id, "open");
    const name = type.name || alias;
    const fields = within(`${type.kind} "${name}"`, () => this.fields(type, depth));
    const shape: CompositeShape = {
      kind: "composite",
      size: bounded(type.size),
      union: type.kind === "union",
      typeId: id,
      name,
      fields,
      flexible: type.kind === "struct" ? flexibleOf(fields) : undefined,
    };
    this.composites.set(id, shape);
    return shape;
  }

  private fields(composite: BtfComposite, depth: number): Field[] {
    const fields: Field[] = [];
    const names = new Set<string>();
    const add = (field: Field): void => {
      const width = field.bits === 0 ? field.shape.size * 8 : field.bits;
      if (field.bitOffset + width > composite.size * 8) {
        throw new MalformedError(
          `members within ${composite.size} bytes`,
          `"${field.name}" at bit ${field.bitOffset}, ${width} bits wide`,
        );
      }
      if (names.has(field.name))
        throw new MalformedError("members with different names", `two "${field.name}"`);
      if (names.size === MOST_FIELDS) throw new MalformedError(`at most ${MOST_FIELDS} members`, "more");
      names.add(field.name);
      fields.push(field);
    };
    for (const member of composite.members) {
      const shape = within(`member "${member.name}"`, () => this.shape(member.type, depth + 1));
      if (member.name !== "") {
        const bitfield = bitfieldOf(member.bitOffset, member.bitSize, shape, this.bare(member.type).type);
        add({ name: member.name, typeId: member.type, shape, ...bitfield });
      } else if (shape.kind === "composite") {
        for (const field of shape.fields) add({ ...field, bitOffset: field.bitOffset + member.bitOffset });
      }
      // Anything else without a name is a bitfield of padding.
    }
    return fields;
  }
}

/** Where a member's bits are, in either layout: kind_flag with the member's size, or the int's own bits and offset. */
function bitfieldOf(
  bitOffset: number,
  bitSize: number,
  shape: Shape,
  type: BtfType,
): { bitOffset: number; bits: number } {
  let bits = bitSize;
  let at = bitOffset;
  if (bits === 0 && type.kind === "int" && (type.bits !== type.size * 8 || type.offset !== 0)) {
    bits = type.bits;
    at += type.offset;
  }
  const scalar = shape.kind === "integer" || shape.kind === "boolean";
  // A member of whole bytes at an odd bit: compilers before kind_flag wrote enum bitfields so.
  if (bits === 0 && at % 8 !== 0 && scalar) bits = shape.size * 8;
  if (bits === 0 && at % 8 === 0) return { bitOffset: at, bits: 0 };
  if (!scalar || bits === 0 || bits > Math.min(64, shape.size * 8)) {
    throw new MalformedError("a bitfield of 1 to 64 bits in an integer", `${bits} bits at bit ${at}`);
  }
  // A field that fills its type at its own width is an ordinary member.
  return at % 8 === 0 && bits === shape.size * 8 ? { bitOffset: at, bits: 0 } : { bitOffset: at, bits };
}

/** The last member, if it is an array without elements that lies behind all others. */
function flexibleOf(fields: readonly Field[]): Field | undefined {
  const last = fields.at(-1);
  if (last === undefined || last.shape.size !== 0 || last.bits !== 0) return undefined;
  const { shape } = last;
  const open =
    shape.kind === "text" || shape.kind === "bytes" || (shape.kind === "array" && shape.element.size > 0);
  const behind = fields.every((field) => field === last || endOf(field) <= last.bitOffset);
  return open && behind ? last : undefined;
}

function endOf(field: Field): number {
  return field.bitOffset + (field.bits === 0 ? field.shape.size * 8 : field.bits);
}

function integer(type: BtfInt): Shape {
  if (type.encoding === "bool") return { kind: "boolean", size: width(type.size, [1, 2, 4, 8], "a bool") };
  const size = width(type.size, [1, 2, 4, 8, 16], "an integer");
  return { kind: "integer", size, signed: type.encoding === "signed", enum: undefined };
}

/**
 * What an array of this integer is. clang marks `char` as signed (or not, by target), others as "char": the name
 * decides; `unsigned char`, `__u8`, `u8` are bytes, `signed char` is a number.
 */
function bytesOf(type: BtfInt): "text" | "bytes" | undefined {
  if (type.size !== 1 || type.bits !== 8 || type.encoding === "bool") return undefined;
  if (type.name === "char") return "text";
  if (type.encoding === "signed" || type.name === "signed char") return undefined;
  return type.encoding === "char" && type.name !== "unsigned char" ? "text" : "bytes";
}

function width<const W extends number>(size: number, known: readonly W[], what: string): W {
  const found = known.find((candidate) => candidate === size);
  if (found === undefined) throw new MalformedError(`${what} of ${known.join(", ")} bytes`, `${size} bytes`);
  return found;
}

function bounded(size: number): number {
  if (size > LARGEST) throw new MalformedError(`a type of at most ${LARGEST} bytes`, `${size} bytes`);
  return size;
}
