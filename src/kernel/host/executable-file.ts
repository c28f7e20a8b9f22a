import { argumentError, within } from "../../errors.ts";
import { Executable } from "../../format/elf/index.ts";
import { findStoredEntry } from "../../format/zip/index.ts";
import { findExecutable } from "./find-executable.ts";
import type { Host } from "./host.ts";

/** An executable or shared library that is open for reading; the caller closes it. */
export interface ExecutableFile {
  /** The file that the kernel maps: of a member of an archive, the archive. */
  readonly path: string;
  /** Where the ELF file begins in it, in bytes. */
  readonly start: number;
  readonly elf: Executable;
  /** Idempotent. */
  close(): void;
}

/** `e_machine` of what runs on an architecture as Node calls it, its own first. */
const machines: Readonly<Record<string, readonly number[]>> = {
  x64: [62, 3],
  arm64: [183, 40],
  s390x: [22],
  riscv64: [243],
  arm: [40],
  ia32: [3],
};
const machineNames: Readonly<Record<number, string>> = {
  3: "i386",
  22: "s390",
  40: "ARM",
  62: "x86-64",
  183: "arm64",
  243: "RISC-V",
  247: "BPF",
};

/**
 * Opens an executable by path or name ({@link findExecutable} says how names are found). ARGUMENT: there is none, it is a
 * script, or it is for another CPU. MALFORMED: it is no ELF file.
 */
export function openExecutable(host: Host, name: string, pid?: number): ExecutableFile {
  const { path, member } = findExecutable(host, name, pid);
  const file = host.openFile(path);
  try {
    return within(name, () => {
      const { offset, source } =
        member === undefined ? { offset: 0, source: file } : findStoredEntry(file, member);
      const elf = new Executable(source);
      const known = machines[host.architecture];
      if (known !== undefined && !known.includes(elf.machine)) {
        throw argumentError(
          `expected an executable for ${machineName(known[0])}, found one for ${machineName(elf.machine)}`,
        );
      }
      return { path, start: offset, elf, close: () => file.close() };
    });
  } catch (error) {
    file.close();
    throw error;
  }
}

function machineName(machine: number | undefined): string {
  return machineNames[machine ?? 0] ?? `machine ${machine}`;
}
