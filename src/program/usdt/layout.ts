import { ErrorCode, TsbpfError } from "../../errors.ts";
import { resolve, sizeOf, type Btf, type BtfComposite, type BtfMember } from "../../format/btf/index.ts";

/** The maps of `<bpf/usdt.bpf.h>`. */
export const usdtSpecsMap = "__bpf_usdt_specs";
export const usdtAddressMap = "__bpf_usdt_ip_to_spec_id";

/** A member's place in bits from the start of the value. */
export interface BitField {
  readonly bitOffset: number;
  readonly bitSize: number;
}

/** How the object lays a spec out. libbpf's headers have two generations that differ (RULES 57). */
export interface UsdtLayout {
  readonly littleEndian: boolean;
  /** Bytes of a spec. */
  readonly size: number;
  /** Places of the first argument's members, by name. */
  readonly argument: ReadonlyMap<string, BitField>;
  /** Bytes from one argument to the next. */
  readonly argumentSize: number;
  /** How many arguments a spec holds. */
  readonly argumentCount: number;
  readonly cookie: BitField;
  readonly count: BitField;
  /** Numbers of `enum __bpf_usdt_arg_type`, by name. */
  readonly kinds: ReadonlyMap<string, bigint>;
}

/** What every generation has. */
const needed = ["val_off", "arg_type", "reg_off", "arg_signed", "arg_bitshift"] as const;

/**
 * Reads the layout from the object's own BTF, `valueType` being the type of the values of {@link usdtSpecsMap}.
 * UNSUPPORTED if that is not what some generation of the header declares.
 */
export function readUsdtLayout(btf: Btf, valueType: number): UsdtLayout {
  const value = composite(btf, valueType, "its value");
  const args = member(value, "args");
  const array = btf.type(resolve(btf, args.type));
  if (array.kind !== "array") throw unexpected("args", "an array", array.kind);
  const element = composite(btf, array.type, "args");
  const argument = new Map<string, BitField>();
  for (const one of element.members) {
    const place = bits(btf, one);
    argument.set(one.name, { ...place, bitOffset: place.bitOffset + args.bitOffset });
  }
  for (const name of needed) if (!argument.has(name)) throw unexpected(name, "a member of this name", "none");
  return {
    littleEndian: btf.littleEndian,
    size: value.size,
    argument,
    argumentSize: element.size,
    argumentCount: array.length,
    cookie: bits(btf, member(value, "usdt_cookie")),
    count: bits(btf, member(value, "arg_cnt")),
    kinds: kinds(btf, member(element, "arg_type")),
  };
}

function composite(btf: Btf, id: number, what: string): BtfComposite {
  const type = btf.type(resolve(btf, id));
  if (type.kind !== "struct") throw unexpected(what, "a struct", type.kind);
  return type;
}

function member(type: BtfComposite, name: string): BtfMember {
  const found = type.members.find((candidate) => candidate.name === name);
  if (found === undefined) throw unexpected(name, "a member of this name", "none");
  return found;
}

function bits(btf: Btf, { type, bitOffset, bitSize }: BtfMember): BitField {
  return { bitOffset, bitSize: bitSize > 0 ? bitSize : sizeOf(btf, type) * 8 };
}

function kinds(btf: Btf, { type }: BtfMember): Map<string, bigint> {
  const found = btf.type(resolve(btf, type));
  if (found.kind !== "enum" && found.kind !== "enum64") throw unexpected("arg_type", "an enum", found.kind);
  return new Map(found.values.map(({ name, value }) => [name, value]));
}

function unexpected(name: string, expected: string, found: string): TsbpfError {
  return new TsbpfError(ErrorCode.UNSUPPORTED, `${name}: expected ${expected}, found ${found}`, {
    trail: [`map "${usdtSpecsMap}"`],
    remedy: "compile with <bpf/usdt.bpf.h> of tsbpf or of a libbpf from 0.8 on",
  });
}
