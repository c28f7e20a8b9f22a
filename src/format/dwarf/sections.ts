import { ByteReader, StringTable } from "../bytes/index.ts";
import { findSection, type Elf } from "../elf/index.ts";

/** The sections that are read. In BPF objects references between them stand in place: relocations add 0 (REL). */
export interface DwarfSections {
  readonly info: ByteReader;
  readonly abbrev: ByteReader;
  readonly line: ByteReader;
  readonly strOffsets: ByteReader;
  readonly str: StringTable;
  readonly lineStr: StringTable;
}

/** Undefined: compiled without `-g`. */
export function dwarfSections(elf: Elf): DwarfSections | undefined {
  const bytes = (name: string): Uint8Array => findSection(elf, name)?.bytes ?? new Uint8Array(0);
  const reader = (name: string): ByteReader => new ByteReader(bytes(name), elf.littleEndian);
  if (bytes(".debug_info").length === 0) return undefined;
  return {
    info: reader(".debug_info"),
    abbrev: reader(".debug_abbrev"),
    line: reader(".debug_line"),
    strOffsets: reader(".debug_str_offsets"),
    str: new StringTable(bytes(".debug_str")),
    lineStr: new StringTable(bytes(".debug_line_str")),
  };
}

/** A place in a section that moves on as it is read. */
export class Cursor {
  readonly reader: ByteReader;
  at: number;

  constructor(reader: ByteReader, at: number) {
    this.reader = reader;
    this.at = at;
  }

  /** An unsigned number of 1, 2, 3, 4 or 8 bytes. */
  unsigned(width: number): number {
    const { reader, at } = this;
    this.at += width;
    if (width === 1) return reader.u8(at);
    if (width === 2) return reader.u16(at);
    if (width === 4) return reader.u32(at);
    if (width === 8) return Number(reader.u64(at));
    const [low, middle, high] = reader.slice(at, 3);
    const bytes = reader.littleEndian ? [high, middle, low] : [low, middle, high];
    return bytes.reduce<number>((value, byte) => value * 256 + (byte ?? 0), 0);
  }

  /** ULEB128; exact up to 2⁵³. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.reader.u8(this.at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** A text that stands in place. */
  text(): string {
    const text = this.reader.cString(this.at);
    this.at = this.reader.bytes.indexOf(0, this.at) + 1;
    return text;
  }

  skip(bytes: number): void {
    this.at += bytes;
  }
}
