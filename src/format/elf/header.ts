import { ErrorCode, MalformedError, TsbpfError } from "../../errors.ts";
import { ByteReader } from "../bytes/index.ts";

// e_ident of elf(5).
const MAGIC = 0x464c457f;
const CLASS_32 = 1;
const CLASS_64 = 2;
const DATA_LITTLE = 1;
const DATA_BIG = 2;
/** Bytes of `Elf64_Ehdr`. */
const HEADER = 64;
/** Bytes of `Elf64_Shdr` and of `Elf64_Phdr`. */
export const SECTION_HEADER = 64;
export const PROGRAM_HEADER = 56;
/** `PN_XNUM`: the number of program headers is in `sh_info` of section 0. */
const PN_XNUM = 0xffff;
const SHN_XINDEX = 0xffff;

/** The ELF header with its extensions through section 0 resolved. */
export interface ElfHeader {
  readonly reader: ByteReader;
  readonly type: number;
  readonly machine: number;
  readonly sections: { readonly offset: number; readonly count: number; readonly names: number };
  readonly segments: { readonly offset: number; readonly count: number };
}

/** Reads `Elf64_Ehdr`; both header tables are known to lie inside the file afterwards. */
export function readHeader(bytes: Uint8Array): ElfHeader {
  const ident = new ByteReader(bytes, true);
  if (bytes.length < HEADER)
    throw new MalformedError("an ELF header of 64 bytes", `${bytes.length} bytes`, 0);
  if (ident.u32(0) !== MAGIC) {
    throw new MalformedError("an ELF file: 7f 45 4c 46", hex(bytes.subarray(0, 4)), 0);
  }
  if (ident.u8(4) === CLASS_32)
    throw new TsbpfError(ErrorCode.UNSUPPORTED, "expected ELFCLASS64, found ELFCLASS32");
  if (ident.u8(4) !== CLASS_64) throw new MalformedError("ELFCLASS64 (2)", String(ident.u8(4)), 4);
  const data = ident.u8(5);
  if (data !== DATA_LITTLE && data !== DATA_BIG) {
    throw new MalformedError("a byte order: 1 or 2", String(data), 5);
  }
  const reader = new ByteReader(bytes, data === DATA_LITTLE);

  const sectionOffset = reader.size(0x28);
  const segmentOffset = reader.size(0x20);
  // gABI "Extended numbering": what does not fit in 16 bits stands in section 0.
  let sectionCount = reader.u16(0x3c);
  let names = reader.u16(0x3e);
  let segmentCount = reader.u16(0x38);
  if (sectionOffset !== 0) {
    if (sectionCount === 0) sectionCount = reader.size(sectionOffset + 0x20);
    if (names === SHN_XINDEX) names = reader.u32(sectionOffset + 0x28);
    if (segmentCount === PN_XNUM) segmentCount = reader.u32(sectionOffset + 0x2c);
  } else {
    sectionCount = 0;
  }
  if (segmentOffset === 0) segmentCount = 0;
  table(reader, "section", sectionOffset, sectionCount, reader.u16(0x3a), SECTION_HEADER);
  table(reader, "program", segmentOffset, segmentCount, reader.u16(0x36), PROGRAM_HEADER);
  return {
    reader,
    type: reader.u16(0x10),
    machine: reader.u16(0x12),
    sections: { offset: sectionOffset, count: sectionCount, names },
    segments: { offset: segmentOffset, count: segmentCount },
  };
}

/** Counts are checked against the file before anything is allocated for them. */
function table(
  reader: ByteReader,
  what: string,
  offset: number,
  count: number,
  entrySize: number,
  expected: number,
): void {
  if (count === 0) return;
  if (entrySize !== expected) {
    throw new MalformedError(`${what} headers of ${expected} bytes`, `${entrySize} bytes`);
  }
  if (offset + count * expected > reader.length) {
    throw new MalformedError(
      `${count} ${what} headers inside the file's ${reader.length} bytes`,
      `their end at ${offset + count * expected}`,
      offset,
    );
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
