import { MalformedError, within } from "../../errors.ts";
import { ElfConstant, type Executable } from "../elf/index.ts";
import { parseUsdtArguments } from "./arguments.ts";
import { readUsdtNotes } from "./notes.ts";
import type { UsdtArgument, UsdtNote } from "./types.ts";

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
 * From addresses to places in the file. MALFORMED: the point is not in code, or its semaphore not in data (RULES 59).
 *
 * Some headers put a nop of five bytes behind the nop, which Linux 6.18 turns into a call when a uprobe is there: faster
 * than the trap on the nop, and libbpf 1.7 attaches there (RULES 61). The call stores its return address below the stack
 * pointer, where functions that call nothing keep their variables: measured on 6.18.44, the traced program then computes
 * with wrong values (test/kernel/usdt.test.ts). So the nop it is.
 */
export function locateUsdt(elf: Executable, note: UsdtNote): UsdtPoint {
  const { address, semaphore } = note;
  const offset = place(elf, address);
  if (offset === undefined || !elf.isCode(offset)) {
    throw new MalformedError("the point in a segment of code", `address 0x${address.toString(16)}`);
  }
  const semaphoreOffset = semaphore === 0n ? 0 : place(elf, semaphore);
  if (semaphoreOffset === undefined || (semaphoreOffset !== 0 && elf.isCode(semaphoreOffset))) {
    throw new MalformedError("the semaphore in a segment of data", `address 0x${semaphore.toString(16)}`);
  }
  return { address, offset, semaphoreOffset };
}

function place(elf: Executable, address: bigint): number | undefined {
  return address > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : elf.fileOffset(Number(address));
}
