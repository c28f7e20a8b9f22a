import { MalformedError, within } from "../../errors.ts";
import { ByteReader, StringTable } from "../bytes/index.ts";
import { sectionPlace } from "./read-elf.ts";
import { ElfConstant, type Elf, type ElfSection, type ElfSymbol } from "./types.ts";

/** Bytes of `Elf64_Sym`. */
const SYMBOL = 24;

/**
 * Reads a `SHT_SYMTAB` or `SHT_DYNSYM` section; index 0 is the null symbol. Section indexes beyond 16 bits
 * (`SHN_XINDEX`) come from the table's `SHT_SYMTAB_SHNDX` section.
 */
export function readSymbols(elf: Elf, section: ElfSection): ElfSymbol[] {
  return within(sectionPlace(section), () => {
    const count = entryCount(section, SYMBOL);
    const reader = new ByteReader(section.bytes, elf.littleEndian);
    const names = stringTable(elf, section);
    let extended: ByteReader | undefined;
    const symbols: ElfSymbol[] = [];
    for (let index = 0; index < count; index++) {
      const at = index * SYMBOL;
      const info = reader.u8(at + 4);
      let home = reader.u16(at + 6);
      if (home === ElfConstant.SHN_XINDEX) {
        extended ??= extendedIndexes(elf, section);
        home = extended.u32(index * 4);
      }
      symbols.push({
        index,
        name: name(names, reader.u32(at), index),
        value: reader.u64(at + 8),
        size: reader.size(at + 16),
        type: info & 0xf,
        binding: info >> 4,
        visibility: reader.u8(at + 5) & 3,
        section: home,
      });
    }
    return symbols;
  });
}

/** Entries of a table; a table that does not divide evenly is damaged. */
export function entryCount(section: ElfSection, size: number): number {
  if (section.entrySize !== size) {
    throw new MalformedError(`entries of ${size} bytes`, `sh_entsize ${section.entrySize}`);
  }
  if (section.bytes.length % size !== 0) {
    throw new MalformedError(`a multiple of ${size} bytes`, `${section.bytes.length} bytes`);
  }
  return section.bytes.length / size;
}

function name(names: StringTable, offset: number, index: number): string {
  try {
    return names.at(offset);
  } catch (error) {
    // Not `within`: a closure for each of a large executable's symbols is measurable.
    throw error instanceof MalformedError ? error.within(`symbol ${index}: name`) : error;
  }
}

function stringTable(elf: Elf, section: ElfSection): StringTable {
  const strings = elf.sections[section.link];
  if (strings?.type !== ElfConstant.SHT_STRTAB) {
    throw new MalformedError("a string table as sh_link", `section ${section.link}`);
  }
  return new StringTable(strings.bytes);
}

function extendedIndexes(elf: Elf, section: ElfSection): ByteReader {
  const indexes = elf.sections.find(
    (other) => other.type === ElfConstant.SHT_SYMTAB_SHNDX && other.link === section.index,
  );
  if (indexes === undefined) {
    throw new MalformedError("a SHT_SYMTAB_SHNDX section for SHN_XINDEX symbols", "none");
  }
  return new ByteReader(indexes.bytes, elf.littleEndian);
}
