import { ByteReader, ByteWriter } from "../bytes/index.ts";
import { SECTION_HEADER } from "./header.ts";
import { readElf } from "./read-elf.ts";
import { ElfConstant, type ElfSection } from "./types.ts";

/** `Elf64_Ehdr` */
const HEADER = 64;

/**
 * An executable without what no program needs at run time: its symbol table and debug information, which linkers put
 * behind everything that is loaded. What is loaded keeps its bytes and its place. The input comes back as it is if
 * something that is loaded lies behind the first of these.
 */
export function stripSymbols(bytes: Uint8Array): Uint8Array {
  const elf = readElf(bytes);
  const kept = elf.sections.filter(isNeeded);
  const end = Math.max(HEADER, ...kept.map(({ offset, bytes: content }) => offset + content.length));
  const table = elf.sections.find((section) => section.name === ".shstrtab");
  const isBehind = elf.sections.every(
    (section) => kept.includes(section) || section.size === 0 || section.offset >= end,
  );
  if (table === undefined || !isBehind || kept.length === elf.sections.length) return bytes;

  const original = new ByteReader(bytes, elf.littleEndian);
  const headers = original.size(0x28);
  const writer = new ByteWriter(elf.littleEndian);
  writer.bytes(bytes.subarray(0, end)).align(8);
  const names = writer.length;
  writer.bytes(table.bytes).align(8);
  const start = writer.length;
  const index = new Map([...kept, table].map((section, position) => [section.index, position]));
  for (const section of [...kept, table]) {
    const at = headers + section.index * SECTION_HEADER;
    writer
      .bytes(original.slice(at, 0x18))
      .u64(section === table ? BigInt(names) : original.u64(at + 0x18))
      .bytes(original.slice(at + 0x20, 8))
      .u32(index.get(section.link) ?? 0)
      .u32(section.info)
      .bytes(original.slice(at + 0x30, 0x10));
  }
  const result = writer.finish();
  const view = new DataView(result.buffer, result.byteOffset);
  view.setBigUint64(0x28, BigInt(start), elf.littleEndian); // e_shoff
  view.setUint16(0x3c, kept.length + 1, elf.littleEndian); // e_shnum
  view.setUint16(0x3e, kept.length, elf.littleEndian); // e_shstrndx
  return result;
}

function isNeeded(section: ElfSection): boolean {
  return section.type === ElfConstant.SHT_NULL || (section.flags & ElfConstant.SHF_ALLOC) !== 0;
}
