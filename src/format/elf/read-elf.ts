import { MalformedError, within } from "../../errors.ts";
import { StringTable, type ByteReader } from "../bytes/index.ts";
import { PROGRAM_HEADER, SECTION_HEADER, readHeader, type ElfHeader } from "./header.ts";
import { ElfConstant, type Elf, type ElfSection, type ElfSegment } from "./types.ts";

const EMPTY = new Uint8Array(0);

/**
 * Reads an ELF64 file of either byte order: objects, executables, shared libraries. The result views `bytes`,
 * which must not change. Time and memory are linear in the file's size; what is damaged is a MALFORMED error with
 * its offset in the file, ELFCLASS32 an UNSUPPORTED one. Contents are not looked at.
 */
export function readElf(bytes: Uint8Array): Elf {
  // A Buffer's slice() views where Uint8Array's copies (RULES 82): no Buffer gets further than this.
  const header = readHeader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return {
    littleEndian: header.reader.littleEndian,
    type: header.type,
    machine: header.machine,
    sections: readSections(header),
    segments: readSegments(header),
  };
}

/** The first section with this name, or undefined. */
export function findSection(elf: Elf, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name && section.index !== 0);
}

/** How a section is called in an error's trail: `section 3 (.maps)`. */
export function sectionPlace(section: ElfSection): string {
  return section.name === "" ? `section ${section.index}` : `section ${section.index} (${section.name})`;
}

type Unnamed = Omit<ElfSection, "name"> & { readonly nameOffset: number };

function readSections(header: ElfHeader): ElfSection[] {
  const { reader } = header;
  const { offset, count, names } = header.sections;
  const unnamed: Unnamed[] = [];
  for (let index = 0; index < count; index++) {
    unnamed.push(
      within(`section ${index}`, () => readSection(reader, offset + index * SECTION_HEADER, index)),
    );
  }
  const table = nameTable(unnamed, names);
  return unnamed.map(({ nameOffset, ...section }) => ({
    ...section,
    name: within(`section ${section.index}: name`, () => table?.at(nameOffset) ?? ""),
  }));
}

function readSection(reader: ByteReader, at: number, index: number): Unnamed {
  const type = reader.u32(at + 4);
  const offset = reader.size(at + 0x18);
  const size = reader.size(at + 0x20);
  // Section 0 holds extended counts in its size; SHT_NOBITS has a size but no bytes.
  const absent = type === ElfConstant.SHT_NULL || type === ElfConstant.SHT_NOBITS;
  if (!absent && offset + size > reader.length) {
    throw new MalformedError(`${size} bytes of content`, `the file's end at ${reader.length}`, offset);
  }
  return {
    index,
    nameOffset: reader.u32(at),
    type,
    flags: reader.size(at + 8),
    address: reader.u64(at + 0x10),
    offset,
    size,
    link: reader.u32(at + 0x28),
    info: reader.u32(at + 0x2c),
    alignment: reader.size(at + 0x30),
    entrySize: reader.size(at + 0x38),
    bytes: absent ? EMPTY : reader.slice(offset, size),
  };
}

/** `e_shstrndx` 0 says that sections have no names. */
function nameTable(sections: readonly Unnamed[], index: number): StringTable | undefined {
  if (index === 0) return undefined;
  const section = sections[index];
  if (section?.type !== ElfConstant.SHT_STRTAB) {
    throw new MalformedError(
      "a string table for section names",
      `e_shstrndx ${index} of ${sections.length} sections, type ${section?.type ?? "none"}`,
    );
  }
  return new StringTable(section.bytes);
}

function readSegments({ reader, segments }: ElfHeader): ElfSegment[] {
  return Array.from({ length: segments.count }, (_, index) =>
    within(`segment ${index}`, () => {
      const at = segments.offset + index * PROGRAM_HEADER;
      return {
        type: reader.u32(at),
        flags: reader.u32(at + 4),
        offset: reader.size(at + 8),
        address: reader.u64(at + 0x10),
        fileSize: reader.size(at + 0x20),
        memorySize: reader.size(at + 0x28),
      };
    }),
  );
}
