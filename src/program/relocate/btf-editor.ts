import { ByteReader, ByteWriter } from "../../format/bytes/index.ts";
import { btfKinds, type Btf, type BtfKind } from "../../format/btf/index.ts";

/** Bytes of `struct btf_type`; then come the kind's own words and its elements (linux/btf.h). */
const HEAD = 12;
const FIXED: { readonly [K in BtfKind]?: number } = { int: 4, array: 12, var: 4, decl_tag: 4 };
const ELEMENT: { readonly [K in BtfKind]?: number } = {
  struct: 12,
  union: 12,
  enum: 8,
  func_proto: 8,
  datasec: 12,
  enum64: 12,
};
/** `struct btf_header` without the layout fields of libbpf 1.8, which only the newest kernels take. */
export const BTF_HEADER_SIZE = 24;

/** Where a type's record lies in {@link BtfEditor.view}. */
export interface EditedType {
  readonly id: number;
  /** As it was in the object, whatever it has become. */
  readonly kind: BtfKind;
  /** Byte offset of `name_off`; `info` follows at +4, size or type at +8, the rest at +12. */
  readonly at: number;
  /** Elements; the linkage of a function. */
  readonly length: number;
}

/**
 * Changes types in place, in a copy of the bytes: records keep their length and ids never move, because
 * instructions, maps and `.BTF.ext` refer to them. New types and names can only be appended.
 */
export class BtfEditor {
  readonly btf: Btf;
  readonly types: readonly EditedType[];
  private readonly section: Uint8Array;
  private readonly view: DataView;
  private readonly strings: Uint8Array;
  private readonly moreTypes: ByteWriter;
  private readonly moreStrings: ByteWriter;
  /** Name offsets of the appended types, in the order of their ids. */
  private readonly added: number[] = [];

  constructor(btf: Btf) {
    this.btf = btf;
    const reader = new ByteReader(btf.bytes, btf.littleEndian);
    const header = reader.u32(4);
    this.section = reader.slice(header + reader.u32(8), reader.u32(12)).slice();
    this.strings = reader.slice(header + reader.u32(16), reader.u32(20));
    this.view = new DataView(this.section.buffer);
    this.types = [...this.records()];
    this.moreTypes = new ByteWriter(btf.littleEndian);
    this.moreStrings = new ByteWriter(btf.littleEndian);
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.btf.littleEndian);
  }

  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, this.btf.littleEndian);
  }

  /** Sets `info`: the kind, the number of elements (or linkage), kind_flag cleared. */
  setInfo({ at }: EditedType, kind: BtfKind, length: number): void {
    this.setU32(at + 4, ((btfKinds.indexOf(kind) << 24) | length) >>> 0);
  }

  /** Places of the elements of a struct, union, enum, prototype or data section. */
  elements({ kind, at, length }: EditedType): number[] {
    const step = ELEMENT[kind] ?? 0;
    return Array.from({ length: step === 0 ? 0 : length }, (_, index) => at + HEAD + index * step);
  }

  /** The name offset of a type, appended ones included; 0 for an id that does not exist. */
  nameOffset(id: number): number {
    const type = this.types[id - this.btf.firstId];
    return type === undefined ? (this.added[id - this.btf.endId] ?? 0) : this.u32(type.at);
  }

  /** Appends a name; gives its offset. */
  addString(text: string): number {
    const offset = this.strings.length + this.moreStrings.length;
    this.moreStrings.cString(text);
    return offset;
  }

  /**
   * Appends a type: `words` are what follows `info` (size or type, the kind's own words, the elements). A name is
   * a text, or the offset of one that is there. Gives the new id, behind all others.
   */
  addType(kind: BtfKind, name: string | number, length: number, words: readonly number[]): number {
    const offset = typeof name === "number" ? name : this.addString(name);
    this.moreTypes.u32(offset).u32(((btfKinds.indexOf(kind) << 24) | length) >>> 0);
    for (const word of words) this.moreTypes.u32(word);
    this.added.push(offset);
    return this.btf.endId + this.added.length - 1;
  }

  /** The new `.BTF` bytes. A layout section (libbpf 1.8) is left out: the kernels that sanitising is for refuse it. */
  finish(): Uint8Array {
    const [types, strings] = [this.moreTypes.finish(), this.moreStrings.finish()];
    const typesLength = this.section.length + types.length;
    return new ByteWriter(this.btf.littleEndian)
      .u16(0xeb9f)
      .u8(1)
      .u8(0)
      .u32(BTF_HEADER_SIZE)
      .u32(0)
      .u32(typesLength)
      .u32(typesLength)
      .u32(this.strings.length + strings.length)
      .bytes(this.section)
      .bytes(types)
      .bytes(this.strings)
      .bytes(strings)
      .finish();
  }

  private *records(): Generator<EditedType> {
    let at = 0;
    for (let id = this.btf.firstId; id < this.btf.endId; id++) {
      // `kind` refuses what this version does not know, so every record below has a known length.
      const kind = this.btf.kind(id);
      const length = this.u32(at + 4) & 0xffffff;
      yield { id, kind, at, length };
      at += HEAD + (FIXED[kind] ?? 0) + length * (ELEMENT[kind] ?? 0);
    }
  }
}
