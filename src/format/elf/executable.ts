import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import { ByteReader, decodeUtf8, type ByteSource } from "../bytes/index.ts";
import { ElfConstant } from "./types.ts";

/** Bytes of the structs of elf(5) in files of 64 and 32 bits. */
const sizes = {
  64: { header: 64, segment: 56, section: 64, symbol: 24 },
  32: { header: 52, segment: 32, section: 40, symbol: 16 },
} as const;

/** A program header of an executable. Addresses of user space fit a number. */
export interface ExecutableSegment {
  /** `PT_*` */
  readonly type: number;
  /** `PF_*` */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

/** A section header of an executable. */
export interface ExecutableSection {
  readonly index: number;
  readonly name: string;
  /** `sh_type` */
  readonly type: number;
  /** `sh_flags` */
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * An executable, shared library or debug file of either word size and byte order, read piece by piece: opening one costs
 * one read, whatever its size. {@link readElf} is for objects, of which everything is wanted.
 */
export class Executable {
  readonly source: ByteSource;
  readonly littleEndian: boolean;
  /** Bits of an address. */
  readonly bits: 32 | 64;
  /** `e_type` */
  readonly type: number;
  /** `e_machine` */
  readonly machine: number;
  readonly segments: readonly ExecutableSegment[];
  private readonly sectionTable: { readonly offset: number; readonly count: number; readonly names: number };
  private knownSections: readonly ExecutableSection[] | undefined;

  /** MALFORMED: no ELF file, or a damaged one. Nothing but the headers is read. */
  constructor(source: ByteSource) {
    this.source = source;
    const start = source.read(0, Math.min(source.size, 4096)).slice();
    const ident = new ByteReader(start, true);
    if (start.length < 16 || ident.u32(0) !== 0x464c457f) throw notElf(start);
    this.bits = ident.u8(4) === 1 ? 32 : 64;
    this.littleEndian = ident.u8(5) !== 2;
    const reader = new ByteReader(start, this.littleEndian);
    const wide = this.bits === 64;
    this.type = reader.u16(16);
    this.machine = reader.u16(18);
    const sectionOffset = wide ? reader.size(40) : reader.u32(32);
    const counts = wide ? 54 : 42;
    let segmentCount = reader.u16(counts + 2);
    let sectionCount = reader.u16(counts + 6);
    let names = reader.u16(counts + 8);
    // gABI "Extended numbering": what does not fit in 16 bits stands in section 0.
    if (sectionOffset !== 0 && (sectionCount === 0 || names === 0xffff || segmentCount === 0xffff)) {
      const first = this.sectionAt(sectionOffset, 0);
      if (sectionCount === 0) sectionCount = first.size;
      if (names === 0xffff) names = first.link;
      if (segmentCount === 0xffff) segmentCount = first.info;
    }
    this.sectionTable = { offset: sectionOffset, count: sectionOffset === 0 ? 0 : sectionCount, names };
    this.segments = this.readSegments(wide ? reader.size(32) : reader.u32(28), segmentCount);
  }

  /** All sections; a stripped file may have none. Read when they are first asked for. */
  get sections(): readonly ExecutableSection[] {
    this.knownSections ??= this.readSections();
    return this.knownSections;
  }

  /** The first section of a name. */
  section(name: string): ExecutableSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** A section's header alone, for a symbol's `st_shndx`; undefined for an index that is no section's. */
  sectionHeader(index: number): Omit<ExecutableSection, "name" | "index"> | undefined {
    if (index === 0 || index >= this.sectionTable.count) return undefined;
    return this.sectionAt(this.sectionTable.offset, index);
  }

  /** The bytes of a section; none for one that takes no room in the file. */
  content(section: Pick<ExecutableSection, "type" | "offset" | "size">): Uint8Array {
    if (section.type === ElfConstant.SHT_NOBITS) return new Uint8Array(0);
    return this.source.read(section.offset, section.size);
  }

  /** Where an address is in the file; undefined where no segment has it there. */
  fileOffset(address: number): number | undefined {
    const segment = this.segments.find(
      ({ type, address: start, fileSize }) =>
        type === ElfConstant.PT_LOAD && address >= start && address < start + fileSize,
    );
    return segment === undefined ? undefined : address - segment.address + segment.offset;
  }

  /** Whether a place in the file is mapped as code. */
  isCode(offset: number): boolean {
    return this.segments.some(
      (segment) =>
        segment.type === ElfConstant.PT_LOAD &&
        (segment.flags & ElfConstant.PF_X) !== 0 &&
        offset >= segment.offset &&
        offset < segment.offset + segment.fileSize,
    );
  }

  /** A reader of bytes of this file, in its byte order. */
  reader(offset: number, length: number): ByteReader {
    return this.readerOf(this.source, offset, length);
  }

  /** The same through another source of the same bytes. */
  readerOf(source: ByteSource, offset: number, length: number): ByteReader {
    return new ByteReader(source.read(offset, length), this.littleEndian);
  }

  /** Bytes of an entry of its symbol tables. */
  get symbolSize(): number {
    return sizes[this.bits].symbol;
  }

  private readSegments(offset: number, count: number): ExecutableSegment[] {
    if (offset === 0 || count === 0) return [];
    const size = sizes[this.bits].segment;
    const wide = this.bits === 64;
    const reader = within("program headers", () => this.reader(offset, count * size));
    return Array.from({ length: count }, (_, index) => {
      const at = index * size;
      return within(`program header ${index}`, () =>
        wide
          ? {
              type: reader.u32(at),
              flags: reader.u32(at + 4),
              offset: reader.size(at + 8),
              address: address(reader, at + 16),
              fileSize: reader.size(at + 32),
              memorySize: reader.size(at + 40),
            }
          : {
              type: reader.u32(at),
              flags: reader.u32(at + 24),
              offset: reader.u32(at + 4),
              address: reader.u32(at + 8),
              fileSize: reader.u32(at + 16),
              memorySize: reader.u32(at + 20),
            },
      );
    });
  }

  private readSections(): ExecutableSection[] {
    const { offset, count, names } = this.sectionTable;
    if (count === 0) return [];
    const size = sizes[this.bits].section;
    const reader = within("section headers", () => this.reader(offset, count * size));
    const headers = Array.from({ length: count }, (_, index) => this.decodeSection(reader, index * size));
    const table = headers[names];
    const text = table === undefined ? new Uint8Array(0) : this.content(table);
    return headers.map((header, index) => ({ ...header, index, name: textAt(text, header.nameOffset) }));
  }

  private sectionAt(table: number, index: number): ReturnType<Executable["decodeSection"]> {
    const size = sizes[this.bits].section;
    return within(`section header ${index}`, () =>
      this.decodeSection(this.reader(table + index * size, size), 0),
    );
  }

  private decodeSection(
    reader: ByteReader,
    at: number,
  ): Omit<ExecutableSection, "name" | "index"> & { readonly nameOffset: number; readonly info: number } {
    const common = { nameOffset: reader.u32(at), type: reader.u32(at + 4) };
    return this.bits === 64
      ? {
          ...common,
          flags: reader.size(at + 8),
          address: address(reader, at + 16),
          offset: reader.size(at + 24),
          size: reader.size(at + 32),
          link: reader.u32(at + 40),
          info: reader.u32(at + 44),
        }
      : {
          ...common,
          flags: reader.u32(at + 8),
          address: reader.u32(at + 12),
          offset: reader.u32(at + 16),
          size: reader.u32(at + 20),
          link: reader.u32(at + 24),
          info: reader.u32(at + 28),
        };
  }
}

/** A number below 2^53; kernel images have higher addresses and are not what this reads. */
function address(reader: ByteReader, at: number): number {
  return reader.size(at);
}

/** Bytes of the longest name that is read: C++ templates make long ones, and hostile tables would make all of them one. */
const LONGEST_NAME = 16_384;

/** The NUL-terminated text at an offset of a string table; "" behind its end. */
export function textAt(table: Uint8Array, offset: number): string {
  const longest = table.subarray(offset, offset + LONGEST_NAME);
  const end = longest.indexOf(0);
  return decodeUtf8(end < 0 ? longest : longest.subarray(0, end));
}

function notElf(start: Uint8Array): TsbpfError {
  const text = /^#!\s*(\S+)/.exec(decodeUtf8(start.subarray(0, 128)));
  if (text !== null) {
    return new TsbpfError(ErrorCode.ARGUMENT, `expected an ELF file, found a script of ${text[1]}`, {
      remedy: `probe what runs it: ${text[1]}`,
    });
  }
  const head = Array.from(start.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return new MalformedError("an ELF file: 7f 45 4c 46", head === "" ? "an empty file" : head, 0);
}
