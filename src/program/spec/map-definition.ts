import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import { mapTypes, type MapType } from "../../format/abi/index.ts";
import { resolve, sizeOf, type Btf, type BtfComposite, type BtfMember } from "../../format/btf/index.ts";

/** What the struct of a `.maps` variable says (RULES 11); fields that it does not have are 0. */
export interface MapDefinition {
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly numaNode: number | undefined;
  readonly mapExtra: bigint;
  readonly pinning: "none" | "by-name";
  readonly keyType: number;
  readonly valueType: number;
  /** Inner map of a map-in-map. */
  readonly inner: MapDefinition | undefined;
  /** Byte offset of the `values` array in the struct; undefined without one. */
  readonly valuesOffset: number | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Map definitions of one object. A struct is read once however many variables have its type:
 * a hostile object has thousands of variables of one type with thousands of members.
 */
export class MapDefinitions {
  private readonly btf: Btf;
  private readonly outer = new Map<number, MapDefinition>();
  private readonly inner = new Map<number, MapDefinition>();

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** Reads the struct type `id`; errors name the field. One level of inner maps (RULES 18). */
  read(id: number, isInner = false): MapDefinition {
    const known = isInner ? this.inner : this.outer;
    const struct = resolve(this.btf, id);
    const definition = known.get(struct) ?? readDefinition(this, this.btf, struct, isInner);
    known.set(struct, definition);
    return definition;
  }
}

function readDefinition(all: MapDefinitions, btf: Btf, id: number, isInner: boolean): MapDefinition {
  const struct = btf.type(id);
  if (struct.kind !== "struct") throw new MalformedError("a struct as map definition", struct.kind);
  const definition: Mutable<MapDefinition> = {
    type: "unspec",
    keySize: 0,
    valueSize: 0,
    maxEntries: 0,
    flags: 0,
    numaNode: undefined,
    mapExtra: 0n,
    pinning: "none",
    keyType: 0,
    valueType: 0,
    inner: undefined,
    valuesOffset: undefined,
  };
  for (const [index, member] of struct.members.entries()) {
    const isLast = index === struct.members.length - 1;
    within(`field ${member.name}`, () => readField(all, btf, definition, member, isLast, isInner));
  }
  if (definition.type === "unspec") throw new MalformedError("a map type", "none", undefined, noType(struct));
  return definition;
}

function noType(struct: BtfComposite): { remedy: string } | undefined {
  return struct.members.some((member) => member.name === "type")
    ? undefined
    : { remedy: "add __uint(type, BPF_MAP_TYPE_…)" };
}

function readField(
  all: MapDefinitions,
  btf: Btf,
  definition: Mutable<MapDefinition>,
  member: BtfMember,
  isLast: boolean,
  isInner: boolean,
): void {
  switch (member.name) {
    case "type":
      definition.type = mapType(uintOf(btf, member));
      return;
    case "max_entries":
      definition.maxEntries = uintOf(btf, member);
      return;
    case "map_flags":
      definition.flags = uintOf(btf, member);
      return;
    case "numa_node":
      definition.numaNode = uintOf(btf, member);
      return;
    case "map_extra":
      definition.mapExtra = ulongOf(btf, member);
      return;
    case "key_size":
      definition.keySize = agree(definition.keySize, uintOf(btf, member));
      return;
    case "value_size":
      definition.valueSize = agree(definition.valueSize, uintOf(btf, member));
      return;
    case "key":
      definition.keyType = pointee(btf, member);
      definition.keySize = agree(definition.keySize, sizeOf(btf, definition.keyType));
      return;
    case "value":
      definition.valueType = pointee(btf, member);
      definition.valueSize = agree(definition.valueSize, sizeOf(btf, definition.valueType));
      return;
    case "pinning":
      if (isInner) throw new MalformedError("an inner map without pinning", "pinning");
      definition.pinning = pinningOf(uintOf(btf, member));
      return;
    case "values":
      if (isInner) throw new TsbpfError(ErrorCode.UNSUPPORTED, "expected one level of inner maps, found two");
      if (!isLast) throw new MalformedError("values as the last field", "fields after it");
      readValues(all, btf, definition, member);
      return;
    default:
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        "expected a field that map definitions have, found another",
        {
          remedy:
            "known are type, key, value, key_size, value_size, max_entries, map_flags, map_extra, numa_node, pinning, values",
        },
      );
  }
}

/** The `BPF_MAP_TYPE_*` number as a name. */
export function mapType(number: number): MapType {
  const type = mapTypes[number];
  if (type !== undefined) return type;
  throw new TsbpfError(
    ErrorCode.UNSUPPORTED,
    `expected a map type below ${mapTypes.length}, found ${number}`,
  );
}

/** `__uint(name, N)` is `int (*name)[N]`. */
function uintOf(btf: Btf, member: BtfMember): number {
  const array = btf.type(pointee(btf, member));
  if (array.kind !== "array")
    throw new MalformedError("a pointer to an array, as __uint() makes", array.kind);
  return array.length;
}

/** `__ulong(name, N)` is an enum with the one value N; libbpf takes `__uint` here too. */
function ulongOf(btf: Btf, member: BtfMember): bigint {
  const type = btf.type(resolve(btf, member.type));
  if (type.kind === "ptr") return BigInt(uintOf(btf, member));
  const value = type.kind === "enum" || type.kind === "enum64" ? type.values[0]?.value : undefined;
  if (!(type.kind === "enum" || type.kind === "enum64") || value === undefined || type.values.length !== 1) {
    throw new MalformedError("an enum with one value, as __ulong() makes", type.kind);
  }
  return BigInt.asUintN(64, value);
}

function pointee(btf: Btf, member: BtfMember): number {
  const type = btf.type(resolve(btf, member.type));
  if (type.kind !== "ptr") throw new MalformedError("a pointer", type.kind);
  return type.type;
}

/** A size that is given as a number and as a type must be the same (RULES 11). */
function agree(known: number, size: number): number {
  if (known !== 0 && known !== size) throw new MalformedError(`size ${known}, as said before`, String(size));
  return size;
}

/** RULES 12: LIBBPF_PIN_NONE and LIBBPF_PIN_BY_NAME. */
function pinningOf(value: number): "none" | "by-name" {
  if (value > 1) throw new MalformedError("0 or LIBBPF_PIN_BY_NAME (1)", String(value));
  return value === 1 ? "by-name" : "none";
}

/** `values[]`: pointers to inner maps, or to functions. */
function readValues(
  all: MapDefinitions,
  btf: Btf,
  definition: Mutable<MapDefinition>,
  member: BtfMember,
): void {
  const { type } = definition;
  const ofMaps = type === "array_of_maps" || type === "hash_of_maps";
  if (!ofMaps && type !== "prog_array") {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected values of a map-in-map or prog_array, found ${type}`,
      {
        remedy: "put the type field first",
      },
    );
  }
  definition.valueSize = agree(definition.valueSize, 4);
  const array = btf.type(member.type);
  if (array.kind !== "array" || array.length !== 0) {
    throw new MalformedError("an array without length", array.kind);
  }
  const pointer = btf.type(resolve(btf, array.type));
  if (pointer.kind !== "ptr") throw new MalformedError("an array of pointers", `of ${pointer.kind}`);
  const target = btf.type(resolve(btf, pointer.type));
  const expected = ofMaps ? "struct" : "func_proto";
  if (target.kind !== expected) throw new MalformedError(`pointers to ${expected}`, `to ${target.kind}`);
  if (ofMaps) definition.inner = within("inner map", () => all.read(pointer.type, true));
  definition.valuesOffset = member.bitOffset / 8;
}
