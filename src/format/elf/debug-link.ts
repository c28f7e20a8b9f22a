import { ByteReader, decodeUtf8 } from "../bytes/index.ts";
import type { Executable } from "./executable.ts";
import { ElfConstant } from "./types.ts";

/** `NT_GNU_BUILD_ID` */
const BUILD_ID = 3;

/** A note: what a compiler or linker left for others. */
export interface ElfNote {
  readonly name: string;
  readonly type: number;
  readonly content: Uint8Array;
}

/** Takes apart the notes of a section or segment; what is cut off at the end is left out. */
export function* readNotes(bytes: Uint8Array, littleEndian: boolean): Generator<ElfNote> {
  const reader = new ByteReader(bytes, littleEndian);
  for (let at = 0; at + 12 <= bytes.length;) {
    const nameSize = reader.u32(at);
    const size = reader.u32(at + 4);
    const start = at + 12 + align4(nameSize);
    if (start + size > bytes.length) return;
    const name = decodeUtf8(bytes.subarray(at + 12, at + 12 + nameSize)).replace(/\0.*$/s, "");
    yield { name, type: reader.u32(at + 8), content: bytes.subarray(start, start + size) };
    at = start + align4(size);
  }
}

/** The id that the linker gave to this build, in hexadecimal; a separate file of symbols has the same. */
export function buildId(file: Executable): string | undefined {
  for (const bytes of noteBytes(file)) {
    for (const { name, type, content } of readNotes(bytes, file.littleEndian)) {
      if (name === "GNU" && type === BUILD_ID) {
        return Array.from(content, (byte) => byte.toString(16).padStart(2, "0")).join("");
      }
    }
  }
  return undefined;
}

/** `.gnu_debuglink`: the name of a file with the symbols, and the CRC-32 of its content. */
export function debugLink(file: Executable): { readonly name: string; readonly crc: number } | undefined {
  const section = file.section(".gnu_debuglink");
  if (section === undefined) return undefined;
  const bytes = file.content(section);
  const end = bytes.indexOf(0);
  const at = align4(end + 1);
  if (end < 1 || at + 4 > bytes.length) return undefined;
  return { name: decodeUtf8(bytes.subarray(0, end)), crc: new ByteReader(bytes, file.littleEndian).u32(at) };
}

/** Whether Go made it: its functions move their stacks, which a uretprobe does not survive. */
export function isGo(file: Executable): boolean {
  return file.sections.some(
    ({ name }) => name === ".go.buildinfo" || name === ".note.go.buildid" || name === ".gopclntab",
  );
}

/** Segments first: a stripped file may have no sections. A file of debug information has its notes in sections only. */
function* noteBytes(file: Executable): Generator<Uint8Array> {
  for (const segment of file.segments) {
    if (segment.type !== ElfConstant.PT_NOTE) continue;
    if (segment.offset + segment.fileSize > file.source.size) continue;
    yield file.source.read(segment.offset, segment.fileSize);
  }
  for (const section of file.sections) {
    if (section.type === ElfConstant.SHT_NOTE) yield file.content(section);
  }
}

function align4(value: number): number {
  return (value + 3) & ~3;
}
