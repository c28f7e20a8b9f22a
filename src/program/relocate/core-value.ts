import { ErrorCode, TsbpfError } from "../../errors.ts";
import type { CoreRelocationKind } from "../../format/abi/index.ts";
import { resolve, sizeOf, type Btf } from "../../format/btf/index.ts";
import { isEnum } from "./compatible.ts";
import { isEnumBased, isTypeBased, type CoreSpec } from "./core-spec.ts";

/** What a relocation's kind makes of a path. */
export interface CoreValue {
  readonly value: bigint;
  /** Whether the compiler must have come to the same value for the object's own path (RULES 43). */
  readonly certain: boolean;
  /** Bytes and type of what is loaded or stored there; undefined where a change of width is no question. */
  readonly access: { readonly size: number; readonly type: number } | undefined;
}

/**
 * The value for a path that was found. All 13 kinds of `enum bpf_core_relo_kind`, which the compiler also
 * computed from its own types; `littleEndian` is the byte order of the BPF code.
 */
export function coreValue(kind: CoreRelocationKind, spec: CoreSpec, littleEndian: boolean): CoreValue {
  if (isTypeBased(kind)) return typeValue(kind, spec);
  if (isEnumBased(kind)) {
    return plain(kind === "enumval_exists" ? 1n : enumerator(spec));
  }
  return kind === "field_exists" ? plain(1n) : fieldValue(kind, spec, littleEndian);
}

/** The value where no candidate matched; undefined: the instruction is to be poisoned (RULES 40). */
export function missingValue(kind: CoreRelocationKind): bigint | undefined {
  return isTypeBased(kind) || kind === "field_exists" || kind === "enumval_exists" ? 0n : undefined;
}

function plain(value: bigint, certain = true): CoreValue {
  return { value, certain, access: undefined };
}

function typeValue(kind: CoreRelocationKind, { btf, root }: CoreSpec): CoreValue {
  switch (kind) {
    case "type_id_local":
    case "type_id_target":
      // Ids move when objects are linked: the compiler's need not be ours.
      return plain(BigInt(root), false);
    case "type_size":
      return plain(BigInt(sizeOf(btf, root)));
    default:
      return plain(1n);
  }
}

/** As declared: an unsigned enum stays unsigned, where libbpf extends the sign of its 32 bits. */
function enumerator({ btf, accessors }: CoreSpec): bigint {
  const accessor = accessors[0];
  const type = btf.type(accessor?.type ?? 0);
  if (type.kind !== "enum" && type.kind !== "enum64") return 0n;
  return type.values[accessor?.index ?? 0]?.value ?? 0n;
}

function fieldValue(kind: CoreRelocationKind, spec: CoreSpec, littleEndian: boolean): CoreValue {
  const { btf, accessors, bitOffset } = spec;
  const last = accessors.at(-1);
  const holder = btf.type(last?.type ?? 0);
  if (last?.name === undefined) return elementValue(kind, spec, last?.type ?? 0);
  const member = holder.kind === "struct" || holder.kind === "union" ? holder.members[last.index] : undefined;
  const id = resolve(btf, member?.type ?? 0);
  const bits = member?.bitSize ?? 0;
  const bitfield = bits > 0;
  const unit = bitfield
    ? bitfieldUnit(sizeOf(btf, id), bitOffset, bits)
    : wholeUnit(sizeOf(btf, id), bitOffset);
  const bitSize = bitfield ? bits : unit.size * 8;
  switch (kind) {
    case "field_byte_offset":
      return {
        value: BigInt(unit.offset),
        // Another unit around the same bits is as good: the compiler's choice is not ours (RULES 43).
        certain: !bitfield,
        access: bitfield ? undefined : { size: elementSize(btf, id), type: id },
      };
    case "field_byte_size":
      return plain(BigInt(unit.size), !bitfield);
    case "field_signed":
      return plain(isSigned(btf, id) ? 1n : 0n);
    case "field_lshift_u64": {
      const start = bitOffset - unit.offset * 8;
      const shift = littleEndian ? 64 - (start + bitSize) : (8 - unit.size) * 8 + start;
      return plain(BigInt(shift), !bitfield);
    }
    default:
      return plain(BigInt(64 - bitSize));
  }
}

/** A path that ends in an index: only place and size can be asked for. */
function elementValue(kind: CoreRelocationKind, { btf, bitOffset }: CoreSpec, type: number): CoreValue {
  if (kind === "field_byte_offset") {
    return {
      value: BigInt(Math.floor(bitOffset / 8)),
      certain: true,
      access: { size: elementSize(btf, type), type },
    };
  }
  if (kind === "field_byte_size") return plain(BigInt(sizeOf(btf, type)));
  throw new TsbpfError(
    ErrorCode.RELOCATION,
    `expected a member at the end of the path for ${kind}, found an index`,
  );
}

/** What one load of an array member would read: an element. */
function elementSize(btf: Btf, id: number): number {
  let element = resolve(btf, id);
  // A chain of arrays without end is refused by sizeOf, which the caller asked before.
  for (let type = btf.type(element); type.kind === "array"; type = btf.type(element)) {
    element = resolve(btf, type.type);
  }
  return sizeOf(btf, element);
}

/** No bitfield: the field itself is the unit. */
function wholeUnit(size: number, bitOffset: number): { size: number; offset: number } {
  return { size, offset: Math.floor(bitOffset / 8) };
}

/** The smallest aligned load that holds all bits, at least as wide as the declared type (RULES 42). */
function bitfieldUnit(declared: number, bitOffset: number, bits: number): { size: number; offset: number } {
  for (let size = Math.max(1, declared); size <= 8; size *= 2) {
    const offset = Math.floor(bitOffset / 8 / size) * size;
    if (bitOffset + bits <= (offset + size) * 8) return { size, offset };
  }
  throw new TsbpfError(
    ErrorCode.RELOCATION,
    `expected a bitfield that a 64-bit load can read, found ${bits} bits at bit ${bitOffset}`,
  );
}

/** Enums say it by kind_flag (Linux 6.0); before, all counted as unsigned. */
function isSigned(btf: Btf, id: number): boolean {
  const type = btf.type(id);
  if (type.kind === "int") return type.encoding === "signed";
  return isEnum(type.kind) && "signed" in type && type.signed;
}
