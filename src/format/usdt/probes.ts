import { MalformedError, within } from "../../errors.ts";
import { ElfConstant, type Executable } from "../elf/index.ts";
import { parseUsdtArguments } from "./arguments.ts";
import { readUsdtNotes } from "./notes.ts";
import type { UsdtArgument, UsdtNote } from "./types.ts";

const EM_X86_64 = 62;
/** `nop` and a nop of five bytes behind it, which the kernel can turn into a call (Linux 6.18, RULES 61). */
const NOP_PAIR = [0x90, 0x0f, 0x1f, 0x44, 0x00, 0x00];

/** Where a tracing point is in its file. */
export interface UsdtPoint {
  /** Address of the instruction to attach to, as the file's program headers count. */
  readonly address: bigint;
  /** Of that instruction, in bytes from the start of the ELF file. */
  readonly offset: number;
  /** Of the semaphore, in bytes from the start of the ELF file; 0 = none. */
  readonly semaphoreOffset: number;
}

/** The tracing points of an executable or library; none where it has no notes. */
export function readUsdtProbes(elf: Executable): UsdtNote[] {
  // Also in a file without sections that are named rightly: the type alone is not enough.
  const section = elf.section(".note.stapsdt");
  if (section === undefined || section.type !== ElfConstant.SHT_NOTE) return [];
  const base = elf.section(".stapsdt.base")?.address;
  return within(".note.stapsdt", () =>
    readUsdtNotes({
      littleEndian: elf.littleEndian,
      word: elf.bits === 64 ? 8 : 4,
      notes: elf.content(section),
      base: base === undefined ? undefined : BigInt(base),
    }),
  );
}

/** The arguments of a tracing point of a file. */
export function usdtArguments(elf: Executable, note: UsdtNote): UsdtArgument[] {
  return parseUsdtArguments(elf.machine, note.arguments);
}

/**
 * From addresses to places in the file. `calls`: attach to a nop of five bytes where one stands behind the nop.
 * MALFORMED: the point is not in code, or its semaphore not in data (RULES 59).
 */
export function locateUsdt(
  elf: Executable,
  note: UsdtNote,
  { calls }: { readonly calls: boolean },
): UsdtPoint {
  const offset = place(elf, note.address);
  if (offset === undefined || !elf.isCode(offset)) {
    throw new MalformedError("the point in a segment of code", `address 0x${note.address.toString(16)}`);
  }
  const semaphoreOffset = note.semaphore === 0n ? 0 : place(elf, note.semaphore);
  if (semaphoreOffset === undefined || (semaphoreOffset !== 0 && elf.isCode(semaphoreOffset))) {
    throw new MalformedError(
      "the semaphore in a segment of data",
      `address 0x${note.semaphore.toString(16)}`,
    );
  }
  const skip = calls && hasNopPair(elf, offset) ? 1 : 0;
  return { address: note.address + BigInt(skip), offset: offset + skip, semaphoreOffset };
}

function place(elf: Executable, address: bigint): number | undefined {
  return address > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : elf.fileOffset(Number(address));
}

function hasNopPair(elf: Executable, offset: number): boolean {
  if (elf.machine !== EM_X86_64 || offset + NOP_PAIR.length > elf.source.size) return false;
  const bytes = elf.source.read(offset, NOP_PAIR.length);
  return NOP_PAIR.every((byte, index) => bytes[index] === byte);
}
