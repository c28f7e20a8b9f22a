/**
 * BTF types as data, in the words of Documentation/bpf/btf.rst. `type` members are type ids; id 0 is `void`.
 * Names are "" for anonymous types.
 */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfReference
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfFunction
  | BtfFunctionPrototype
  | BtfVariable
  | BtfDataSection
  | BtfFloat
  | BtfDeclarationTag;

/** The name of each `BTF_KIND_*` at the index of its number. */
export const btfKinds = [
  "void",
  "int",
  "ptr",
  "array",
  "struct",
  "union",
  "enum",
  "fwd",
  "typedef",
  "volatile",
  "const",
  "restrict",
  "func",
  "func_proto",
  "var",
  "datasec",
  "float",
  "decl_tag",
  "type_tag",
  "enum64",
] as const;
/** A BTF kind in lower case without `BTF_KIND_`. */
export type BtfKind = (typeof btfKinds)[number];

/** Id 0. */
export interface BtfVoid {
  /** BTF_KIND_UNKN: it has no record. */
  readonly kind: "void";
  /** Always empty. */
  readonly name: "";
}
/** A whole number, a character or a boolean. */
export interface BtfInt {
  /** BTF_KIND_INT */
  readonly kind: "int";
  /** Such as `"unsigned int"`: the C type as the compiler spells it. */
  readonly name: string;
  /** Bytes of storage. */
  readonly size: number;
  /** Bits of the value. */
  readonly bits: number;
  /** Bit offset of the value in the storage; not 0 only in old compilers' bitfields. */
  readonly offset: number;
  /** `"none"` is unsigned. */
  readonly encoding: "none" | "signed" | "char" | "bool";
}
/** A pointer, a modifier, a typedef or a type tag: one type id behind it. */
export interface BtfReference {
  /** BTF_KIND_PTR, _TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _TYPE_TAG */
  readonly kind: "ptr" | "typedef" | "volatile" | "const" | "restrict" | "type_tag";
  /** Typedefs and type tags only. */
  readonly name: string;
  /** What is pointed to, qualified or named. */
  readonly type: number;
  /** kind_flag of a type tag: it carries an attribute rather than a tag (Linux 6.15). */
  readonly attribute: boolean;
}
/** `length` elements of `type`; the kernel reads `indexType` and uses it for nothing. */
export interface BtfArray {
  /** BTF_KIND_ARRAY */
  readonly kind: "array";
  /** Always empty. */
  readonly name: "";
  /** Id of the element's type; an array for further dimensions. */
  readonly type: number;
  /** Id of an integer type. */
  readonly indexType: number;
  /** Elements; 0 for a flexible array. */
  readonly length: number;
}
/** A struct or union. */
export interface BtfComposite {
  /** BTF_KIND_STRUCT, BTF_KIND_UNION */
  readonly kind: "struct" | "union";
  /** The C tag without `struct` or `union`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** In the order of the declaration; `vlen` of them. */
  readonly members: readonly BtfMember[];
  /** kind_flag: member offsets carry bitfield sizes. */
  readonly hasBitfields: boolean;
}
/** A member of a struct or union; "" names an anonymous one. */
export interface BtfMember {
  /** The C name; `""`: an anonymous struct or union, whose members C reaches as if they were this one's. */
  readonly name: string;
  /** Id of the member's type. */
  readonly type: number;
  /** From the start of the struct. */
  readonly bitOffset: number;
  /** 0 if the member is no bitfield (or one of a compiler that says it in the int's `bits`). */
  readonly bitSize: number;
}
/** An enumeration; `enum64` (Linux 6.0) has 64-bit values. */
export interface BtfEnum {
  /** BTF_KIND_ENUM, BTF_KIND_ENUM64 */
  readonly kind: "enum" | "enum64";
  /** The C tag without `enum`. */
  readonly name: string;
  /** Bytes: 1, 2, 4 or 8. */
  readonly size: number;
  /** kind_flag; BTF from before it (Linux 6.0) leaves it false, and -1 then reads as 4294967295. */
  readonly signed: boolean;
  /** In the order of the declaration. */
  readonly values: readonly BtfEnumValue[];
}
/** A name of an enumeration and its value. */
export interface BtfEnumValue {
  /** The C constant. */
  readonly name: string;
  /** 32 bits of an `enum`, 64 of an `enum64`, signed as the enumeration is. */
  readonly value: bigint;
}
/** A struct or union that is declared and not defined; `union` tells which. */
export interface BtfForward {
  /** BTF_KIND_FWD */
  readonly kind: "fwd";
  /** The C tag without `struct` or `union`. */
  readonly name: string;
  /** kind_flag; false: a struct. */
  readonly union: boolean;
}
/** A function; `type` is its prototype. */
export interface BtfFunction {
  /** BTF_KIND_FUNC */
  readonly kind: "func";
  /** The C name. */
  readonly name: string;
  /** Its prototype. */
  readonly type: number;
  /** BTF_FUNC_STATIC, BTF_FUNC_GLOBAL, BTF_FUNC_EXTERN; the kernel's own functions are static. */
  readonly linkage: "static" | "global" | "extern";
}
/** What a function takes and returns. */
export interface BtfFunctionPrototype {
  /** BTF_KIND_FUNC_PROTO */
  readonly kind: "func_proto";
  /** Always empty. */
  readonly name: "";
  /** Type id; 0: returns nothing. */
  readonly returnType: number;
  /** A last parameter with type 0 and no name stands for `...`. */
  readonly parameters: readonly BtfParameter[];
}
/** A parameter of a prototype; "" where the source gives no name. */
export interface BtfParameter {
  /** The C name; prototypes of function pointers have none. */
  readonly name: string;
  /** Type id. */
  readonly type: number;
}
/** A global variable. */
export interface BtfVariable {
  /** BTF_KIND_VAR */
  readonly kind: "var";
  /** The C name. */
  readonly name: string;
  /** Id of the variable's type. */
  readonly type: number;
  /** BTF_VAR_STATIC, BTF_VAR_GLOBAL_ALLOCATED, BTF_VAR_GLOBAL_EXTERN */
  readonly linkage: "static" | "global" | "extern";
}
/** An ELF section of global variables, by the section's name. */
export interface BtfDataSection {
  /** BTF_KIND_DATASEC */
  readonly kind: "datasec";
  /** Such as `".rodata"`, or `".ksyms"` of externs. */
  readonly name: string;
  /** Bytes; clang leaves 0 (RULES 10). */
  readonly size: number;
  /** By offset once the offsets are filled in; as the compiler left them before. */
  readonly variables: readonly BtfSectionVariable[];
}
/** Where a variable lies in its section. */
export interface BtfSectionVariable {
  /** Id of a `var` (or of a `func` in the `.ksyms` section). */
  readonly type: number;
  /** Byte offset in the section; clang leaves 0 (RULES 10). */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}
/** A floating point type (Linux 5.13). */
export interface BtfFloat {
  /** BTF_KIND_FLOAT */
  readonly kind: "float";
  /** Such as `"double"`. */
  readonly name: string;
  /** Bytes: 2, 4, 8, 12 or 16. */
  readonly size: number;
}
/** `btf_decl_tag`: a text tied to a declaration (Linux 5.16). */
export interface BtfDeclarationTag {
  /** BTF_KIND_DECL_TAG */
  readonly kind: "decl_tag";
  /** The tag's text. */
  readonly name: string;
  /** The declaration it is tied to. */
  readonly type: number;
  /** Index of the member or parameter; -1 for the declaration itself. */
  readonly component: number;
  /** kind_flag: it carries an attribute rather than a tag (Linux 6.15). */
  readonly attribute: boolean;
}

/**
 * A set of BTF types over the bytes they were read from: nothing is decoded before it is asked for
 * (PERFORMANCE: the kernel's BTF has 126,000 types in 5.5 MB). With a base, ids below `firstId` are the base's.
 */
export interface Btf {
  /** Byte order of `bytes`, found by the magic 0xeb9f; the base has the same. */
  readonly littleEndian: boolean;
  /** What split BTF continues, such as the kernel's for that of a module; undefined for BTF that stands alone. */
  readonly base: Btf | undefined;
  /** Lowest own id: 1 without a base, else the base's `endId`. */
  readonly firstId: number;
  /** One above the highest id. */
  readonly endId: number;
  /** The `.BTF` bytes of the own types (without the base's). */
  readonly bytes: Uint8Array;
  /** The decoded type. Ids out of range are a MALFORMED error. The same id gives the same object. */
  type(id: number): BtfType;
  /** The kind alone, without decoding the rest. */
  kind(id: number): BtfKind;
  /** The name alone, without decoding the rest. */
  name(id: number): string;
  /** The text at a name offset, as `.BTF.ext` uses them too; offsets below the base's end are the base's. */
  string(offset: number): string;
  /** One above the highest name offset: where the strings of split BTF over this one start. */
  readonly stringsEnd: number;
  /**
   * Ids (base first) of named types with one of `names` and, if given, one of `kinds`; one pass for all names.
   * A name without a type is not in the answer.
   */
  findAll(names: Iterable<string>, kinds?: readonly BtfKind[]): ReadonlyMap<string, readonly number[]>;
  /** The first id with this name and kind; own types first, then the base's. */
  find(name: string, kind: BtfKind): number | undefined;
}
