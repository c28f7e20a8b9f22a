import { ByteWriter } from "../src/format/bytes/index.ts";
import { ElfConstant } from "../src/format/elf/index.ts";

/** A section to be written; `link` and `info` may name another section. */
export interface SectionInput {
  name: string;
  type?: number;
  flags?: number;
  bytes?: Uint8Array;
  /** For sections without bytes in the file. */
  size?: number;
  link?: string | number;
  info?: string | number;
  entrySize?: number;
}

export interface SymbolInput {
  name?: string;
  value?: number;
  size?: number;
  type?: number;
  binding?: number;
  visibility?: number;
  /** Name of a section, or a number. */
  section?: string | number;
}

export interface RelocationInput {
  section: string;
  offset: number;
  /** Name of a symbol, or its index. */
  symbol: string | number;
  type?: number;
}

export interface ElfInput {
  littleEndian?: boolean;
  type?: number;
  machine?: number;
  sections?: SectionInput[];
  symbols?: SymbolInput[];
  relocations?: RelocationInput[];
}

/** A relocatable ELF64 file with `.strtab` and, if there are symbols, `.symtab` at the end. */
export function buildElf(input: ElfInput): Uint8Array {
  const little = input.littleEndian ?? true;
  const strings = new Strings();
  const sections: SectionInput[] = [{ name: "", type: ElfConstant.SHT_NULL }, ...(input.sections ?? [])];
  const relocated = new Map<string, RelocationInput[]>();
  for (const item of input.relocations ?? []) {
    relocated.set(item.section, [...(relocated.get(item.section) ?? []), item]);
  }
  const symbols: SymbolInput[] = [{}, ...(input.symbols ?? [])];
  for (const [section, items] of relocated) {
    const writer = new ByteWriter(little);
    for (const item of items) {
      const symbol =
        typeof item.symbol === "number"
          ? item.symbol
          : symbols.findIndex((candidate) => candidate.name === item.symbol);
      writer.u64(BigInt(item.offset)).u64((BigInt(symbol) << 32n) | BigInt(item.type ?? 1));
    }
    sections.push({
      name: `.rel${section}`,
      type: ElfConstant.SHT_REL,
      bytes: writer.finish(),
      link: ".symtab",
      info: section,
      entrySize: 16,
    });
  }
  const indexOf = (name: string | number | undefined): number =>
    typeof name === "number" ? name : name === undefined ? 0 : allNames().indexOf(name);
  const allNames = (): string[] => [...sections.map((section) => section.name), ".symtab", ".strtab"];
  if (input.symbols !== undefined) {
    const table = new ByteWriter(little);
    for (const symbol of symbols) {
      table
        .u32(strings.add(symbol.name ?? ""))
        .u8(((symbol.binding ?? (symbol.name === undefined ? 0 : 1)) << 4) | (symbol.type ?? 0))
        .u8(symbol.visibility ?? 0)
        .u16(indexOf(symbol.section))
        .u64(BigInt(symbol.value ?? 0))
        .u64(BigInt(symbol.size ?? 0));
    }
    sections.push({
      name: ".symtab",
      type: ElfConstant.SHT_SYMTAB,
      bytes: table.finish(),
      link: sections.length + 1,
      entrySize: 24,
    });
  }
  const nameOffsets = [...sections.map((section) => strings.add(section.name)), strings.add(".strtab")];
  sections.push({ name: ".strtab", type: ElfConstant.SHT_STRTAB, bytes: strings.finish() });

  const body = new ByteWriter(little);
  const headers = new ByteWriter(little);
  sections.forEach((section, index) => {
    body.align(8);
    const type = section.type ?? ElfConstant.SHT_PROGBITS;
    headers
      .u32(nameOffsets[index] ?? 0)
      .u32(type)
      .u64(BigInt(section.flags ?? 0))
      .u64(0n)
      .u64(BigInt(64 + body.length))
      .u64(BigInt(section.size ?? section.bytes?.length ?? 0))
      .u32(typeof section.link === "string" ? indexOf(section.link) : (section.link ?? 0))
      .u32(indexOf(section.info))
      .u64(8n)
      .u64(BigInt(section.entrySize ?? 0));
    if (section.bytes !== undefined) body.bytes(section.bytes);
  });
  body.align(8);
  const header = new ByteWriter(little)
    .bytes(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    .u16(input.type ?? ElfConstant.ET_REL)
    .u16(input.machine ?? ElfConstant.EM_BPF)
    .u32(1)
    .u64(0n)
    .u64(0n)
    .u64(BigInt(64 + body.length))
    .u32(0)
    .u16(64)
    .u16(56)
    .u16(0)
    .u16(64)
    .u16(sections.length)
    .u16(sections.length - 1);
  return header.bytes(body.finish()).bytes(headers.finish()).finish();
}

class Strings {
  private readonly writer = new ByteWriter().u8(0);
  private readonly known = new Map<string, number>([["", 0]]);

  add(text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const offset = this.writer.length;
    this.writer.cString(text);
    this.known.set(text, offset);
    return offset;
  }

  finish(): Uint8Array {
    return this.writer.finish();
  }
}
