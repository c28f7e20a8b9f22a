import { ByteWriter } from "../src/format/bytes/index.ts";

/** A note of `.note.stapsdt`. */
export interface PointInput {
  provider?: string;
  name: string;
  /** Address of the nop. */
  address?: number;
  /** Address of the semaphore; default none. */
  semaphore?: number;
  arguments?: string;
}

export interface ExecutableInput {
  points: readonly PointInput[];
  /** ET_EXEC 2, ET_DYN 3 (default). */
  type?: number;
  machine?: number;
  /** Variables: name → address. */
  variables?: Readonly<Record<string, number>>;
  /** `.stapsdt.base` in the notes and in the section table; default equal. */
  base?: readonly [note: number, section: number];
}

/** Where code and data are: file offset and address differ, as in files that a linker made. */
export const codeAddress = 0x401000;
export const codeOffset = 0x1000;
export const dataAddress = 0x604000;
export const dataOffset = 0x2000;
const SIZE = 0x1000;
const NOP_PAIR = [0x90, 0x0f, 0x1f, 0x44, 0x00, 0x00];

/** An ELF64 executable with a segment of code and one of data, its tracing points and the symbols of its variables. */
export function usdtExecutable(input: ExecutableInput): Uint8Array {
  const [noteBase, sectionBase] = input.base ?? [0x500, 0x500];
  const notes = new ByteWriter();
  for (const point of input.points) {
    const contents = new ByteWriter()
      .u64(BigInt(point.address ?? codeAddress))
      .u64(BigInt(noteBase))
      .u64(BigInt(point.semaphore ?? 0))
      .cString(point.provider ?? "groupa")
      .cString(point.name)
      .cString(point.arguments ?? "");
    notes.u32(8).u32(contents.length).u32(3).cString("stapsdt").bytes(contents.finish()).align(4);
  }
  const names = new ByteWriter().u8(0);
  const symbols = new ByteWriter().bytes(new Uint8Array(24));
  for (const [name, address] of Object.entries(input.variables ?? {})) {
    symbols.u32(names.length).u8(0x11).u8(0).u16(1).u64(BigInt(address)).u64(8n);
    names.cString(name);
  }
  const sections = [
    { name: "", type: 0, bytes: new Uint8Array(0), address: 0, link: 0 },
    { name: ".note.stapsdt", type: 7, bytes: notes.finish(), address: 0, link: 0 },
    { name: ".stapsdt.base", type: 1, bytes: new Uint8Array(1), address: sectionBase, link: 0 },
    { name: ".symtab", type: 2, bytes: symbols.finish(), address: 0, link: 4 },
    { name: ".strtab", type: 3, bytes: names.finish(), address: 0, link: 0 },
    { name: ".shstrtab", type: 3, bytes: new Uint8Array(0), address: 0, link: 0 },
  ];
  const sectionNames = new ByteWriter();
  const nameOffsets = sections.map(({ name }) => {
    const at = sectionNames.length;
    sectionNames.cString(name);
    return at;
  });
  const file = new ByteWriter();
  const headers = new ByteWriter();
  const tail = dataOffset + SIZE;
  let at = tail;
  const body = new ByteWriter();
  for (const [index, section] of sections.entries()) {
    const bytes = section.name === ".shstrtab" ? sectionNames.finish() : section.bytes;
    headers
      .u32(nameOffsets[index] ?? 0)
      .u32(section.type)
      .u64(0n)
      .u64(BigInt(section.address))
      .u64(BigInt(at))
      .u64(BigInt(bytes.length))
      .u32(section.link)
      .u32(0)
      .u64(4n)
      .u64(section.type === 2 ? 24n : 0n);
    body.bytes(bytes).align(8);
    at = tail + body.length;
  }
  file
    .bytes(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    .u16(input.type ?? 3)
    .u16(input.machine ?? 62)
    .u32(1)
    .u64(BigInt(codeAddress))
    .u64(64n)
    .u64(BigInt(at))
    .u32(0)
    .u16(64)
    .u16(56)
    .u16(2)
    .u16(64)
    .u16(sections.length)
    .u16(sections.length - 1);
  for (const [flags, offset, address] of [
    [5, codeOffset, codeAddress],
    [6, dataOffset, dataAddress],
  ] as const) {
    file.u32(1).u32(flags).u64(BigInt(offset)).u64(BigInt(address)).u64(BigInt(address));
    file.u64(BigInt(SIZE)).u64(BigInt(SIZE)).u64(0x1000n);
  }
  // Nops of five bytes behind nops: some headers write points so.
  const code = Uint8Array.from({ length: SIZE }, (_, index) => NOP_PAIR[index % 6] ?? 0);
  file.align(codeOffset).bytes(code).align(SIZE).align(dataOffset).bytes(new Uint8Array(SIZE));
  return file.bytes(body.finish()).bytes(headers.finish()).finish();
}
