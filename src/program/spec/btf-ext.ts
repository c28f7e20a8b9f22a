import { ErrorCode, MalformedError, TsbpfError, within, type SourceLine } from "../../errors.ts";
import { coreRelocationKinds } from "../../format/abi/index.ts";
import { ByteReader, type StringTable } from "../../format/bytes/index.ts";
import type { Btf } from "../../format/btf/index.ts";
import { btfStrings } from "./btf-records.ts";
import { findFunction, SLOT, type CodeMap, type CodeRange } from "./functions.ts";
import { sectionsOf, type ObjectFile } from "./object-file.ts";

const MAGIC = 0xeb9f;
/** `struct btf_ext_header` up to line_info_len, and with core_relo_off and core_relo_len (clang 9). */
const HEADER = 24;
const HEADER_WITH_CORE = 32;
/** Fields of `bpf_func_info`, `bpf_line_info` and `bpf_core_relo` that are read; records may be longer (RULES 33). */
const FUNC_INFO = 8;
const LINE_INFO = 16;
const CORE_RELO = 16;

/** Sorts the records of `.BTF.ext` to the functions; those of code that belongs to no function are dropped. */
export function readBtfExt(file: ObjectFile, btf: Btf, code: CodeMap): void {
  const [section] = sectionsOf(file, "btf-ext");
  if (section === undefined) return;
  within(".BTF.ext", () => new BtfExt(file, btf, code, section.bytes).read());
  for (const ranges of code.values()) {
    for (const range of ranges) {
      range.lines.sort((a, b) => a.instruction - b.instruction);
      range.coreRelocations.sort((a, b) => a.instruction - b.instruction);
    }
  }
}

/** One record: its place in the bytes and the function it is about. */
type Visit = (at: number, range: CodeRange, offset: number) => void;

class BtfExt {
  private readonly file: ObjectFile;
  private readonly btf: Btf;
  private readonly code: CodeMap;
  private readonly reader: ByteReader;
  private readonly strings: StringTable;

  constructor(file: ObjectFile, btf: Btf, code: CodeMap, bytes: Uint8Array) {
    this.file = file;
    this.btf = btf;
    this.code = code;
    this.reader = new ByteReader(bytes, file.elf.littleEndian);
    this.strings = btfStrings(btf);
  }

  read(): void {
    const { reader } = this;
    const magic = reader.u16(0);
    if (magic !== MAGIC) throw new MalformedError("the BTF magic 0xeb9f", `0x${magic.toString(16)}`, 0);
    if (reader.u8(2) !== 1) throw new MalformedError("version 1", String(reader.u8(2)), 2);
    const header = reader.u32(4);
    if (header < HEADER || header > reader.length) {
      throw new MalformedError(`a header of ${HEADER} to ${reader.length} bytes`, String(header), 4);
    }
    const part = (name: string, field: number, smallest: number, visit: Visit): void =>
      within(name, () => this.readPart(header, field, smallest, visit));
    part("func_info", 8, FUNC_INFO, (at, range, offset) => {
      if (offset === range.start) range.btfId = this.typeId(at + 4, "func");
    });
    part("line_info", 16, LINE_INFO, (at, range, offset) => this.readLine(at, range, offset));
    if (header >= HEADER_WITH_CORE) {
      part("core_relo", 24, CORE_RELO, (at, range, offset) => this.readCore(at, range, offset));
    }
  }

  /** A part is a record size and, for each ELF section, a name, a count and the records. */
  private readPart(header: number, field: number, smallest: number, visit: Visit): void {
    const { reader } = this;
    const length = reader.u32(field + 4);
    if (length === 0) return;
    let at = header + reader.u32(field);
    const end = at + length;
    if (end > reader.length)
      throw new MalformedError(`an end within ${reader.length} bytes`, String(end), at);
    const size = reader.u32(at);
    if (size < smallest || size % 4 !== 0) {
      throw new MalformedError(`records of ${smallest} bytes or more, in steps of 4`, String(size), at);
    }
    at += 4;
    while (at < end) {
      const section = this.strings.at(reader.u32(at));
      const count = reader.u32(at + 4);
      at += 8;
      if (at + count * size > end) {
        throw new MalformedError(`${count} records for section ${section}`, `${end - at} bytes`, at);
      }
      const index = this.file.byName.get(section)?.index;
      for (let record = 0; record < count; record++, at += size) {
        const offset = reader.u32(at);
        if (offset % SLOT !== 0)
          throw new MalformedError("the start of an instruction", `byte ${offset}`, at);
        const range = index === undefined ? undefined : findFunction(this.code, index, offset);
        if (range !== undefined) visit(at, range, offset);
      }
    }
  }

  private readLine(at: number, range: CodeRange, offset: number): void {
    const fileNameOffset = this.reader.u32(at + 4);
    const lineOffset = this.reader.u32(at + 8);
    const lineColumn = this.reader.u32(at + 12);
    const source: SourceLine = {
      file: this.strings.at(fileNameOffset),
      text: this.strings.at(lineOffset),
      // BPF_LINE_INFO_LINE_NUM and BPF_LINE_INFO_LINE_COL of linux/bpf.h.
      line: lineColumn >>> 10,
      column: lineColumn & 0x3ff,
    };
    const instruction = (offset - range.start) / SLOT;
    range.lines.push({ instruction, source, fileNameOffset, lineOffset, lineColumn });
  }

  private readCore(at: number, range: CodeRange, offset: number): void {
    const number = this.reader.u32(at + 12);
    const kind = coreRelocationKinds[number];
    if (kind === undefined) {
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        `expected a CO-RE relocation kind below ${coreRelocationKinds.length}, found ${number}`,
      );
    }
    range.coreRelocations.push({
      instruction: (offset - range.start) / SLOT,
      type: this.typeId(at + 4),
      access: this.strings.at(this.reader.u32(at + 8)),
      kind,
    });
  }

  private typeId(at: number, kind?: string): number {
    const id = this.reader.u32(at);
    if (id === 0 || id >= this.btf.endId) {
      throw new MalformedError(`a type id from 1 to ${this.btf.endId - 1}`, String(id), at);
    }
    if (kind !== undefined && this.btf.kind(id) !== kind) {
      throw new MalformedError(`a type of kind ${kind}`, `type ${id}, a ${this.btf.kind(id)}`, at);
    }
    return id;
  }
}
