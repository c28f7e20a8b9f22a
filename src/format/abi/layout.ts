import { ByteReader, encodeUtf8 } from "../bytes/index.ts";

/** A kernel struct as `field → [byte offset, byte width]`; unions are laid out flat. */
export interface StructLayout {
  readonly name: string;
  /** Bytes of the newest version known. */
  readonly size: number;
  readonly fields: { readonly [field: string]: readonly [offset: number, bytes: number] };
}

/** Values for some of a struct's fields: text goes into `char[]`, bytes are copied as they are. */
export type StructValues<L extends StructLayout> = {
  readonly [F in keyof L["fields"]]?: number | bigint | string | Uint8Array | undefined;
};

/**
 * The bytes of a kernel struct in the byte order of the machine; fields that are not given are zero,
 * as bpf(2) demands of every byte that it does not know (RULES 82).
 */
export function encodeStruct<L extends StructLayout>(layout: L, values: StructValues<L>): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  for (const [name, value] of Object.entries(values)) {
    const field = layout.fields[name];
    if (field === undefined) throw new RangeError(`${layout.name} has no field ${name}`);
    const [offset, width] = field;
    if (value === undefined) continue;
    if (typeof value === "string") bytes.set(encodeUtf8(value).subarray(0, width - 1), offset);
    else if (value instanceof Uint8Array) bytes.set(value.subarray(0, width), offset);
    else if (width === 8) view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), hostIsLittleEndian);
    else if (width === 4) view.setUint32(offset, Number(value), hostIsLittleEndian);
    else if (width === 2) view.setUint16(offset, Number(value), hostIsLittleEndian);
    else view.setUint8(offset, Number(value));
  }
  return bytes;
}

/** The offset of a field, for reading an answer and for references to buffers. */
export function fieldOffset<L extends StructLayout>(layout: L, field: keyof L["fields"] & string): number {
  const place = layout.fields[field];
  if (place === undefined) throw new RangeError(`${layout.name} has no field ${field}`);
  return place[0];
}

/** A field of up to 32 bits of a struct that the kernel wrote. */
export function readField<L extends StructLayout>(
  layout: L,
  bytes: Uint8Array,
  field: keyof L["fields"] & string,
): number {
  const reader = new ByteReader(bytes, hostIsLittleEndian);
  const width = layout.fields[field]?.[1];
  const offset = fieldOffset(layout, field);
  return width === 1 ? reader.u8(offset) : width === 2 ? reader.u16(offset) : reader.u32(offset);
}

/** A 64-bit field of a struct that the kernel wrote. */
export function readField64<L extends StructLayout>(
  layout: L,
  bytes: Uint8Array,
  field: keyof L["fields"] & string,
): bigint {
  return new ByteReader(bytes, hostIsLittleEndian).u64(fieldOffset(layout, field));
}

/** Whether this JavaScript runs on a little-endian machine. */
export const hostIsLittleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
