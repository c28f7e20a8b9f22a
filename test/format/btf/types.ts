import type { BtfMember, BtfType } from "../../../src/format/btf/index.ts";

/** Short forms of types, for tables. Ids count from 1 in the order of a test's list. */
export const int = (
  name = "int",
  size = 4,
  encoding: "none" | "signed" | "char" | "bool" = "signed",
): BtfType => ({
  kind: "int",
  name,
  size,
  bits: encoding === "bool" ? 8 : size * 8,
  offset: 0,
  encoding,
});

export const reference = (
  kind: "ptr" | "typedef" | "volatile" | "const" | "restrict" | "type_tag",
  type: number,
  name = "",
): BtfType => ({ kind, name, type, attribute: false });

export const array = (type: number, length: number, indexType = 1): BtfType => ({
  kind: "array",
  name: "",
  type,
  indexType,
  length,
});

export const member = (name: string, type: number, bitOffset: number, bitSize = 0): BtfMember => ({
  name,
  type,
  bitOffset,
  bitSize,
});

export const composite = (
  kind: "struct" | "union",
  name: string,
  size: number,
  members: readonly BtfMember[],
): BtfType => ({ kind, name, size, members, hasBitfields: members.some(({ bitSize }) => bitSize > 0) });

export const enumeration = (
  name: string,
  values: { readonly [name: string]: bigint },
  size = 4,
  kind: "enum" | "enum64" = "enum",
): BtfType => ({
  kind,
  name,
  size,
  signed: Object.values(values).some((value) => value < 0n),
  values: Object.entries(values).map(([key, value]) => ({ name: key, value })),
});

export const prototype = (returnType: number, ...parameters: (readonly [string, number])[]): BtfType => ({
  kind: "func_proto",
  name: "",
  returnType,
  parameters: parameters.map(([name, type]) => ({ name, type })),
});

/** One type of each of the 19 kinds, with the edges of each. */
export const everyKind: readonly BtfType[] = [
  int(),
  reference("ptr", 1),
  array(1, 16),
  composite("struct", "pair", 8, [member("a", 1, 0), member("b", 1, 32)]),
  composite("union", "either", 4, [member("bits", 1, 3, 5), member("", 1, 0)]),
  enumeration("color", { RED: 0n, GREEN: 4_294_967_295n }),
  { kind: "fwd", name: "later", union: false },
  reference("typedef", 1, "number_t"),
  reference("volatile", 1),
  reference("const", 0),
  reference("restrict", 2),
  { kind: "func", name: "main", type: 13, linkage: "global" },
  prototype(1, ["argc", 1], ["", 0]),
  { kind: "var", name: "counter", type: 1, linkage: "extern" },
  { kind: "datasec", name: ".bss", size: 8, variables: [{ type: 14, offset: 4, size: 4 }] },
  { kind: "float", name: "double", size: 8 },
  { kind: "decl_tag", name: "user", type: 4, component: 1, attribute: false },
  reference("type_tag", 1, "rcu"),
  enumeration("wide", { LEAST: -(1n << 63n), MOST: (1n << 63n) - 1n }, 8, "enum64"),
  // Second forms: the kind flags.
  enumeration("signed", { MINUS: -1n }),
  { kind: "fwd", name: "later_union", union: true },
  { kind: "decl_tag", name: "used", type: 12, component: -1, attribute: true },
  { kind: "type_tag", name: "address_space(1)", type: 1, attribute: true },
  enumeration("wide_unsigned", { ALL: (1n << 64n) - 1n }, 8, "enum64"),
  { kind: "int", name: "flag", size: 4, bits: 3, offset: 5, encoding: "none" },
  int("_Bool", 1, "bool"),
  int("char", 1, "char"),
];
