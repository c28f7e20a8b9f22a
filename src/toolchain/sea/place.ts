import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { SyscallError } from "../../errors.ts";

/** Moves a finished executable to its place, whole or not at all, and gives its size. One that runs can be replaced. */
export function placeExecutable(made: string, output: string): number {
  const fresh = `${output}.${process.pid}`;
  try {
    mkdirSync(dirname(output), { recursive: true });
    copyFileSync(made, fresh);
    chmodSync(fresh, 0o755);
    renameSync(fresh, output);
    return statSync(output).size;
  } catch (cause) {
    removeQuietly(fresh);
    const { errno = 0, code = "", syscall = "open" } = cause as NodeJS.ErrnoException; // what node:fs throws
    throw new SyscallError(syscall, Math.abs(errno), code, {
      trail: [output],
      remedy: "-o FILE writes elsewhere",
      cause,
    });
  }
}

/** The folder may be none (ENOTDIR): the first error is the one to report. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing more can be done here.
  }
}
