import { MalformedError, TsbpfError } from "../../errors.ts";
import { hostIsLittleEndian } from "../abi/index.ts";
import { ByteReader } from "../bytes/index.ts";

/** `BTF_MAGIC` of linux/btf.h, in the byte order of the writer. */
export const BTF_MAGIC = 0xeb9f;
/** `struct btf_header` up to `str_len`, as every kernel since 4.18 writes it. */
export const BTF_HEADER_SIZE = 24;
/** The same with `layout_off` and `layout_len` (libbpf 1.8). */
const HEADER_SIZE_WITH_LAYOUT = 32;

/** The parts of a `.BTF` section, still undecoded. */
export interface BtfSections {
  readonly littleEndian: boolean;
  /** The type section as words of the host's byte order: a view where the bytes allow it, else a copy. */
  readonly words: Uint32Array;
  /** Byte offset of the type section in the whole, for messages. */
  readonly typesOffset: number;
  /** The string section, NUL-terminated; empty only with a base. */
  readonly strings: Uint8Array;
  readonly kindLayouts: readonly KindLayout[];
}

/** `struct btf_layout`: how long the records of a kind are, at the index of the kind's number. */
export interface KindLayout {
  /** Bytes after the common 12. */
  readonly fixed: number;
  /** Bytes of each of `vlen` elements. */
  readonly element: number;
}

/**
 * Splits `.BTF` bytes into their sections. The magic tells the byte order.
 * Sections lie as libbpf demands: types, then the optional layout, then strings, none overlapping.
 */
export function readSections(bytes: Uint8Array, hasBase: boolean): BtfSections {
  const littleEndian = byteOrder(bytes);
  const reader = new ByteReader(bytes, littleEndian);
  if (bytes.length < BTF_HEADER_SIZE) {
    throw new MalformedError(`a BTF header of ${BTF_HEADER_SIZE} bytes`, `${bytes.length} bytes`, 0);
  }
  if (reader.u8(2) !== 1) throw new MalformedError("BTF version 1", `version ${reader.u8(2)}`, 2);
  const headerSize = reader.u32(4);
  if (headerSize < BTF_HEADER_SIZE || headerSize > bytes.length) {
    throw new MalformedError(
      `a header length from ${BTF_HEADER_SIZE} to ${bytes.length}`,
      String(headerSize),
      4,
    );
  }
  const types = section(reader, "type", 8, headerSize);
  const strings = section(reader, "string", 16, headerSize);
  const layout =
    headerSize >= HEADER_SIZE_WITH_LAYOUT ? section(reader, "layout", 24, headerSize) : undefined;
  if (types.end > strings.start) {
    throw new MalformedError(`strings behind the types, which end at ${types.end}`, `${strings.start}`, 16);
  }
  if ((types.start - headerSize) % 4 !== 0 || (types.end - types.start) % 4 !== 0) {
    throw new MalformedError("a type section in steps of 4 bytes", `${types.start}..${types.end}`, 8);
  }
  const text = bytes.subarray(strings.start, strings.end);
  checkStrings(text, strings.start, hasBase);
  return {
    littleEndian,
    words: readWords(bytes.subarray(types.start, types.end), littleEndian),
    typesOffset: types.start,
    strings: text,
    kindLayouts: layout === undefined ? [] : readKindLayouts(reader, layout.start, layout.end),
  };
}

function byteOrder(bytes: Uint8Array): boolean {
  if (bytes[0] === 0x9f && bytes[1] === 0xeb) return true;
  if (bytes[0] === 0xeb && bytes[1] === 0x9f) return false;
  const found =
    bytes.length < 2 ? `${bytes.length} bytes` : `bytes ${bytes[0]?.toString(16)} ${bytes[1]?.toString(16)}`;
  throw new MalformedError("the BTF magic 0xeb9f", found, 0);
}

function section(
  reader: ByteReader,
  name: string,
  field: number,
  headerSize: number,
): { start: number; end: number } {
  const start = headerSize + reader.u32(field);
  const end = start + reader.u32(field + 4);
  if (end > reader.length) {
    throw new MalformedError(
      `a ${name} section within ${reader.length} bytes`,
      `one from ${start} to ${end}`,
      field,
    );
  }
  return { start, end };
}

function checkStrings(strings: Uint8Array, offset: number, hasBase: boolean): void {
  if (strings.length === 0 && hasBase) return;
  if (strings.length === 0 || strings[strings.length - 1] !== 0) {
    throw new MalformedError("a string section that ends in NUL", `${strings.length} bytes`, offset);
  }
  // Offset 0 is the empty name; only split BTF, whose offset 0 lies in the base, may start otherwise.
  if (!hasBase && strings[0] !== 0) {
    throw new MalformedError(
      "a string section that starts with an empty string",
      `byte ${strings[0]}`,
      offset,
      {
        remedy: "if this is the BTF of a kernel module, give the kernel's BTF as its base",
      },
    );
  }
}

function readKindLayouts(reader: ByteReader, start: number, end: number): KindLayout[] {
  const layouts: KindLayout[] = [];
  // BTF_MAX_KIND is 127: what lies behind cannot be meant.
  for (let at = start; at + 4 <= end && layouts.length < 128; at += 4) {
    layouts.push({ fixed: reader.u8(at), element: reader.u8(at + 1) });
  }
  return layouts;
}

/** All of the bytes as 32-bit words; the index and the decoder then need one code path for both byte orders. */
function readWords(bytes: Uint8Array, littleEndian: boolean): Uint32Array {
  const count = bytes.length / 4;
  if (littleEndian === hostIsLittleEndian && bytes.byteOffset % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(count);
  for (let index = 0; index < count; index++) words[index] = view.getUint32(index * 4, littleEndian);
  return words;
}

/** Refuses BTF whose byte order is not the wanted one. */
export function requireByteOrder(sections: BtfSections, littleEndian: boolean): void {
  if (sections.littleEndian === littleEndian) return;
  const name = (little: boolean): string => (little ? "little-endian" : "big-endian");
  throw new TsbpfError(
    "MALFORMED",
    `expected ${name(littleEndian)} BTF, found ${name(sections.littleEndian)} BTF`,
  );
}
