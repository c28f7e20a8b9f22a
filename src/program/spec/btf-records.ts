import { ByteReader, StringTable } from "../../format/bytes/index.ts";
import { btfKinds, type Btf, type BtfKind } from "../../format/btf/index.ts";

/** A type as it lies in the `.BTF` bytes, for what the decoded types do not say: where it is. */
export interface BtfRecord {
  readonly id: number;
  readonly kind: BtfKind;
  /** Byte offset of its `struct btf_type` in the `.BTF` bytes. */
  readonly offset: number;
  readonly nameOffset: number;
  /** `BTF_INFO_VLEN`: elements, or the linkage of a function. */
  readonly length: number;
}

/** Bytes of `struct btf_type`. */
export const BTF_TYPE = 12;

/** Bytes behind `struct btf_type` (linux/btf.h): of the kind, and of each of its elements. */
const FIXED: { readonly [K in BtfKind]?: number } = { int: 4, array: 12, var: 4, decl_tag: 4 };
const ELEMENT: { readonly [K in BtfKind]?: number } = {
  struct: 12,
  union: 12,
  enum: 8,
  func_proto: 8,
  datasec: 12,
  enum64: 12,
};

/** The own types of BTF that `readBtf` accepted, in the order of their ids. */
export function* btfRecords(btf: Btf): Generator<BtfRecord> {
  const reader = new ByteReader(btf.bytes, btf.littleEndian);
  let offset = reader.u32(4) + reader.u32(8);
  for (let id = btf.firstId; id < btf.endId; id++) {
    const info = reader.u32(offset + 4);
    const kind = btfKinds[(info >>> 24) & 0x7f] ?? "void";
    // Kinds from the future can be stepped over by readBtf only: there are none in objects yet.
    if (kind === "void") return;
    const length = info & 0xffff;
    yield { id, kind, offset, nameOffset: reader.u32(offset), length };
    const elements = kind === "func" ? 0 : info & 0xffffff;
    offset += BTF_TYPE + (FIXED[kind] ?? 0) + elements * (ELEMENT[kind] ?? 0);
  }
}

/** The string section, for names that only `.BTF.ext` refers to; bounded as a whole. */
export function btfStrings(btf: Btf): StringTable {
  const reader = new ByteReader(btf.bytes, btf.littleEndian);
  return new StringTable(reader.slice(reader.u32(4) + reader.u32(16), reader.u32(20)));
}

/** An object's types, and the id of the `datasec` of each section name. */
export interface ObjectBtf {
  readonly types: Btf;
  readonly sections: ReadonlyMap<string, number>;
}

/** Finds all sections in one pass, where looking up each name would be a pass a name. */
export function indexSections(types: Btf): ObjectBtf {
  const sections = new Map<string, number>();
  for (let id = types.firstId; id < types.endId; id++) {
    if (types.kind(id) === "datasec") sections.set(types.name(id), id);
  }
  return { types, sections };
}
