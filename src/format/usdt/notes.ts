import { MalformedError, within } from "../../errors.ts";
import { ByteReader } from "../bytes/index.ts";
import type { UsdtNote } from "./types.ts";

/** Name and number of the notes that `<sys/sdt.h>` writes. */
const OWNER = "stapsdt";
const TYPE = 3;
/** `Elf64_Nhdr`: three words. */
const NOTE_HEADER = 12;

/** The parts of an ELF file that tell of its tracing points. */
export interface UsdtSections {
  readonly littleEndian: boolean;
  /** Bytes of an address: 8, or 4 in 32-bit files. */
  readonly word: 4 | 8;
  /** Contents of `.note.stapsdt`; it is not loaded and survives `strip`. */
  readonly notes: Uint8Array;
  /** `sh_addr` of `.stapsdt.base`, which tells whether prelink moved the file after the notes were written. */
  readonly base: bigint | undefined;
}

/** Reads the tracing points of a file, in its order; several may have one name. Notes of other owners are skipped. */
export function readUsdtNotes({ littleEndian, word, notes, base }: UsdtSections): UsdtNote[] {
  const reader = new ByteReader(notes, littleEndian);
  const found: UsdtNote[] = [];
  let at = 0;
  // Less than a header is padding.
  while (at + NOTE_HEADER <= reader.length) {
    const start = at;
    const note = within(`note at offset ${start}`, () => readNote(reader, start, word, base));
    if (note.usdt !== undefined) found.push(note.usdt);
    at = note.end;
  }
  return found;
}

function readNote(
  reader: ByteReader,
  start: number,
  word: 4 | 8,
  base: bigint | undefined,
): { usdt: UsdtNote | undefined; end: number } {
  const nameSize = reader.u32(start);
  const size = reader.u32(start + 4);
  const type = reader.u32(start + 8);
  const nameAt = start + NOTE_HEADER;
  const at = nameAt + aligned(nameSize);
  const end = at + aligned(size);
  // The last note's padding may be cut off.
  if (at + size > reader.length) {
    throw new MalformedError(
      `${nameSize} bytes of name and ${size} of contents`,
      `the end at ${reader.length}`,
      start,
    );
  }
  if (type !== TYPE || nameSize !== OWNER.length + 1 || reader.cString(nameAt, at) !== OWNER) {
    return { usdt: undefined, end };
  }
  if (size < 3 * word + 3) throw new MalformedError("three addresses and three strings", `${size} bytes`, at);
  const address = (index: number): bigint =>
    word === 8 ? reader.u64(at + index * 8) : BigInt(reader.u32(at + index * 4));
  const written = address(1);
  // Both addresses moved with the code (RULES 59).
  const moved = base === undefined || base === 0n || written === 0n ? 0n : base - written;
  const semaphore = address(2);
  const strings: string[] = [];
  let next = at + 3 * word;
  for (const what of ["provider", "name", "arguments"]) {
    const text = within(what, () => reader.cString(next, at + size));
    next = reader.bytes.indexOf(0, next) + 1;
    strings.push(text);
  }
  const [provider = "", name = "", args = ""] = strings;
  if (name === "") throw new MalformedError("a name", "none", at + 3 * word);
  return {
    usdt: {
      provider,
      name,
      address: BigInt.asUintN(64, address(0) + moved),
      semaphore: semaphore === 0n ? 0n : BigInt.asUintN(64, semaphore + moved),
      arguments: args.startsWith(":") ? "" : args,
    },
    end,
  };
}

/** Notes are words of 4 bytes, also in 64-bit files. */
function aligned(size: number): number {
  return Math.ceil(size / 4) * 4;
}
