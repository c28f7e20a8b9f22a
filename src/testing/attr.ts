import { ByteReader, encodeUtf8 } from "../format/bytes/index.ts";
import { fieldOffset, hostIsLittleEndian, type StructLayout } from "../format/abi/index.ts";
import type { Reference } from "../kernel/sys/index.ts";

/** A syscall's struct as the kernel sees it: fields, and buffers behind its pointers. */
export class Attr<L extends StructLayout> {
  private readonly layout: L;
  private readonly bytes: Uint8Array;
  private readonly references: readonly Reference[];
  /** The caller's bytes, zeros behind them. */
  private readonly reader: ByteReader;
  /** Which reference `bytes` is itself; undefined: it is the attr. */
  private readonly inside: number | undefined;

  constructor(layout: L, bytes: Uint8Array, references: readonly Reference[], inside?: number) {
    this.layout = layout;
    this.bytes = bytes;
    this.references = references;
    this.inside = inside;
    const whole = new Uint8Array(Math.max(layout.size, bytes.length));
    whole.set(bytes);
    this.reader = new ByteReader(whole, hostIsLittleEndian);
  }

  /** A field of up to 32 bits, unsigned. */
  get(field: keyof L["fields"] & string): number {
    const offset = fieldOffset(this.layout, field);
    const width = this.layout.fields[field]?.[1];
    return width === 1
      ? this.reader.u8(offset)
      : width === 2
        ? this.reader.u16(offset)
        : this.reader.u32(offset);
  }

  /** The same, signed: an fd may be -1. */
  getSigned(field: keyof L["fields"] & string): number {
    return this.get(field) | 0;
  }

  /** A 64-bit field. */
  get64(field: keyof L["fields"] & string): bigint {
    return this.reader.u64(fieldOffset(this.layout, field));
  }

  /** A `char[]` field. */
  text(field: keyof L["fields"] & string): string {
    const [offset, width] = this.layout.fields[field] ?? [0, 0];
    const bytes = this.reader.slice(offset, width);
    return asciiOf(bytes);
  }

  /** The buffer behind a pointer field; undefined is NULL. */
  pointer(field: keyof L["fields"] & string): Uint8Array | undefined {
    const offset = fieldOffset(this.layout, field);
    return this.references.find((one) => one.offset === offset && one.inside === this.inside)?.buffer;
  }

  /** The texts behind a field that points to an array of pointers. */
  strings(field: keyof L["fields"] & string): readonly string[] {
    const offset = fieldOffset(this.layout, field);
    const table = this.references.findIndex((one) => one.offset === offset && one.inside === this.inside);
    return this.references.filter((one) => one.inside === table).map((one) => asciiOf(one.buffer));
  }

  /** The struct behind a pointer field, whose own pointers are references into its buffer. */
  struct<I extends StructLayout>(field: keyof L["fields"] & string, layout: I): Attr<I> | undefined {
    const offset = fieldOffset(this.layout, field);
    const index = this.references.findIndex((one) => one.offset === offset && one.inside === this.inside);
    const buffer = this.references[index]?.buffer;
    return buffer === undefined ? undefined : new Attr(layout, buffer, this.references, index);
  }

  /** Writes a field back to the caller; what lies behind the caller's bytes is dropped, as the kernel does. */
  set(field: keyof L["fields"] & string, value: number | bigint | Uint8Array | string): void {
    const [offset, width] = this.layout.fields[field] ?? [0, 0];
    if (offset + width > this.bytes.length) return;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    if (typeof value === "string") {
      const text = encodeUtf8(value).subarray(0, width - 1);
      this.bytes.fill(0, offset, offset + width).set(text, offset);
    } else if (value instanceof Uint8Array) this.bytes.set(value.subarray(0, width), offset);
    else if (width === 8) view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), hostIsLittleEndian);
    else if (width === 4) view.setUint32(offset, Number(value), hostIsLittleEndian);
    else view.setUint16(offset, Number(value), hostIsLittleEndian);
  }

  /** Fields that are not zero, by name. */
  nonZeroFields(): readonly string[] {
    return Object.entries(this.layout.fields).flatMap(([field, [offset, width]]) =>
      this.reader.slice(offset, width).some((byte) => byte !== 0) || this.pointer(field) !== undefined
        ? [field]
        : [],
    );
  }

  /** Whether a byte behind the struct is not zero. */
  hasUnknownTail(): boolean {
    return this.bytes.subarray(this.layout.size).some((byte) => byte !== 0);
  }
}

/** ASCII text up to a NUL or the end. */
export function asciiOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
}
