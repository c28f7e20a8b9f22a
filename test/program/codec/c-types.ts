/** C types for tests: descriptions that become BTF, laid out as a compiler would (or packed). */
import { BtfBuilder, readBtf, type Btf, type BtfMember } from "../../../src/format/btf/index.ts";

export type CType =
  | { readonly k: "int"; readonly size: 1 | 2 | 4 | 8 | 16; readonly signed: boolean; readonly name?: string }
  | { readonly k: "bool" }
  | { readonly k: "float"; readonly size: number }
  | { readonly k: "pointer" }
  | { readonly k: "enum"; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly k: "char" }
  | { readonly k: "byte" }
  | { readonly k: "array"; readonly element: CType; readonly length: number }
  | {
      readonly k: "composite";
      readonly union: boolean;
      readonly packed: boolean;
      readonly members: readonly CMember[];
      readonly name?: string;
    };
export interface CMember {
  /** "" is anonymous. */
  readonly name: string;
  readonly type: CType;
  /** A bitfield of so many bits. */
  readonly bits?: number | undefined;
}

interface Placed {
  readonly id: number;
  readonly size: number;
  readonly align: number;
}

/** The BTF with one type, and the type's id. */
export function btfOf(type: CType): { btf: Btf; id: number; size: number } {
  const builder = new BtfBuilder();
  const { id, size } = place(builder, type);
  return { btf: readBtf(builder.finish()), id, size };
}

function place(builder: BtfBuilder, type: CType): Placed {
  switch (type.k) {
    case "int": {
      const name = type.name ?? `${type.signed ? "s" : "u"}${type.size * 8}`;
      return int(builder, name, type.size, type.signed ? "signed" : "none");
    }
    case "char":
      return int(builder, "char", 1, "signed");
    case "byte":
      return int(builder, "unsigned char", 1, "none");
    case "bool":
      return int(builder, "_Bool", 1, "bool");
    case "float":
      return {
        id: builder.add({ kind: "float", name: "float", size: type.size }),
        size: type.size,
        align: type.size,
      };
    case "pointer":
      return { id: builder.add({ kind: "ptr", name: "", type: 0, attribute: false }), size: 8, align: 8 };
    case "enum": {
      const kind = type.size === 8 ? "enum64" : "enum";
      const values = [{ name: "FIRST", value: type.signed ? -1n : 1n }];
      const { size, signed } = type;
      return { id: builder.add({ kind, name: "kind", size, signed, values }), size, align: size };
    }
    case "array": {
      const element = place(builder, type.element);
      const index = int(builder, "unsigned int", 4, "none");
      const id = builder.add({
        kind: "array",
        name: "",
        type: element.id,
        indexType: index.id,
        length: type.length,
      });
      return { id, size: element.size * type.length, align: element.align };
    }
    default:
      return composite(builder, type);
  }
}

function int(builder: BtfBuilder, name: string, size: number, encoding: "none" | "signed" | "bool"): Placed {
  return {
    id: builder.add({ kind: "int", name, size, bits: size * 8, offset: 0, encoding }),
    size,
    align: size,
  };
}

function composite(builder: BtfBuilder, type: CType & { k: "composite" }): Placed {
  const members: BtfMember[] = [];
  let end = 0;
  let size = 0;
  let align = 1;
  for (const member of type.members) {
    const placed = place(builder, member.type);
    const unit = type.packed ? 1 : placed.align;
    const start = type.union ? 0 : end;
    const bits = member.bits ?? placed.size * 8;
    let at = Math.ceil(start / (unit * 8)) * unit * 8;
    // A bitfield follows directly if it fits its type's unit there (System V), always if packed.
    if (member.bits !== undefined) {
      const fits =
        Math.floor(start / (placed.size * 8)) === Math.floor((start + bits - 1) / (placed.size * 8));
      at = type.packed || fits ? start : at;
    }
    members.push({ name: member.name, type: placed.id, bitOffset: at, bitSize: member.bits ?? 0 });
    end = at + bits;
    size = Math.max(size, Math.ceil(end / 8));
    align = Math.max(align, unit);
  }
  size = Math.ceil(size / align) * align;
  const kind = type.union ? "union" : "struct";
  const hasBitfields = members.some((member) => member.bitSize > 0);
  const id = builder.add({ kind, name: type.name ?? "thing", size, members, hasBitfields });
  return { id, size, align };
}
