import { ByteReader, ByteWriter } from "../bytes/index.ts";
import { readElf } from "./read-elf.ts";
import { ElfConstant, type Elf, type ElfSection } from "./types.ts";

/** `Elf64_Ehdr`, `Elf64_Shdr`, `Elf64_Sym`. */
const HEADER = 64;
const SECTION_HEADER = 64;
const SYMBOL = 24;

/**
 * A relocatable object without DWARF: 20 times smaller, since `-g` is needed for BTF but writes both. Dropped are
 * `.debug_*` with their relocations, and the symbols of dropped sections; everything else keeps its bytes.
 * The same input gives the same output.
 */
export function stripDebug(bytes: Uint8Array): Uint8Array {
  const elf = readElf(bytes);
  const dropped = new Set(elf.sections.filter(isDebug).map((section) => section.index));
  for (const section of elf.sections) {
    const relocates = section.type === ElfConstant.SHT_REL || section.type === ElfConstant.SHT_RELA;
    if (relocates && dropped.has(section.info)) dropped.add(section.index);
  }
  if (dropped.size === 0) return bytes.slice();

  const kept = elf.sections.filter((section) => !dropped.has(section.index));
  const sectionIndex = new Map(kept.map((section, index) => [section.index, index]));
  const symbolIndex = new Map<number, Map<number, number>>();
  const contents = new Map<number, Uint8Array>();
  const locals = new Map<number, number>();
  for (const table of kept.filter((section) => section.type === ElfConstant.SHT_SYMTAB)) {
    const { content, indexes, local } = renumberSymbols(elf, table, dropped, sectionIndex);
    contents.set(table.index, content);
    symbolIndex.set(table.index, indexes);
    locals.set(table.index, local);
  }
  for (const section of kept) {
    const indexes = symbolIndex.get(section.link);
    const relocates = section.type === ElfConstant.SHT_REL || section.type === ElfConstant.SHT_RELA;
    if (relocates && indexes !== undefined)
      contents.set(section.index, renumberRelocations(elf, section, indexes));
  }

  const writer = new ByteWriter(elf.littleEndian);
  writer.bytes(bytes.subarray(0, HEADER));
  const offsets = kept.map((section) => {
    if (section.type === ElfConstant.SHT_NULL) return 0;
    writer.align(Math.max(1, section.alignment));
    const offset = writer.length;
    writer.bytes(contents.get(section.index) ?? section.bytes);
    return offset;
  });
  writer.align(8);
  const table = writer.length;
  for (const [index, section] of kept.entries()) {
    const original = new ByteReader(bytes, elf.littleEndian);
    const header = headerOffset(original) + section.index * SECTION_HEADER;
    const isTable = section.type === ElfConstant.SHT_SYMTAB;
    const relocates = section.type === ElfConstant.SHT_REL || section.type === ElfConstant.SHT_RELA;
    const size = contents.get(section.index)?.length ?? section.size;
    writer
      .bytes(original.slice(header, 0x18))
      .u64(BigInt(offsets[index] ?? 0))
      .u64(BigInt(size))
      .u32(sectionIndex.get(section.link) ?? 0)
      .u32(
        isTable
          ? (locals.get(section.index) ?? 0)
          : relocates
            ? (sectionIndex.get(section.info) ?? 0)
            : section.info,
      )
      .bytes(original.slice(header + 0x30, 0x10));
  }
  const result = writer.finish();
  const view = new DataView(result.buffer);
  view.setBigUint64(0x28, BigInt(table), elf.littleEndian); // e_shoff
  view.setUint16(0x3c, kept.length, elf.littleEndian); // e_shnum
  const names = new ByteReader(bytes, elf.littleEndian).u16(0x3e);
  view.setUint16(0x3e, sectionIndex.get(names) ?? 0, elf.littleEndian); // e_shstrndx
  return result;
}

function isDebug(section: ElfSection): boolean {
  return section.name.startsWith(".debug_") || section.name.startsWith(".zdebug_");
}

function headerOffset(reader: ByteReader): number {
  return reader.size(0x28);
}

/** A symbol table without the symbols of dropped sections, with `st_shndx` renumbered. */
function renumberSymbols(
  elf: Elf,
  table: ElfSection,
  dropped: ReadonlySet<number>,
  sectionIndex: ReadonlyMap<number, number>,
): { content: Uint8Array; indexes: Map<number, number>; local: number } {
  const reader = new ByteReader(table.bytes, elf.littleEndian);
  const writer = new ByteWriter(elf.littleEndian);
  const indexes = new Map<number, number>();
  let local = 0;
  for (let index = 0; index * SYMBOL < table.bytes.length; index++) {
    const at = index * SYMBOL;
    const home = reader.u16(at + 6);
    if (dropped.has(home)) continue;
    indexes.set(index, indexes.size);
    if (reader.u8(at + 4) >> 4 === ElfConstant.STB_LOCAL) local = indexes.size; // sh_info: one above the last local
    // Indexes from SHN_LORESERVE (0xff00) on are no sections.
    writer
      .bytes(reader.slice(at, 6))
      .u16(home >= 0xff00 ? home : (sectionIndex.get(home) ?? 0))
      .bytes(reader.slice(at + 8, 16));
  }
  return { content: writer.finish(), indexes, local };
}

function renumberRelocations(
  elf: Elf,
  section: ElfSection,
  indexes: ReadonlyMap<number, number>,
): Uint8Array {
  const entry = section.type === ElfConstant.SHT_REL ? 16 : 24;
  const reader = new ByteReader(section.bytes, elf.littleEndian);
  const writer = new ByteWriter(elf.littleEndian);
  for (let at = 0; at < section.bytes.length; at += entry) {
    const info = reader.u64(at + 8);
    // A relocation against a dropped symbol (in .BTF.ext of some compilers) keeps index 0: no symbol.
    const symbol = BigInt(indexes.get(Number(info >> 32n)) ?? 0);
    writer
      .u64(reader.u64(at))
      .u64((symbol << 32n) | (info & 0xffffffffn))
      .bytes(reader.slice(at + 16, entry - 16));
  }
  return writer.finish();
}
