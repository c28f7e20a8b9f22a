import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SyscallError } from "../../errors.ts";

/**
 * Writes a result whole or not at all, and the folder for it if that is missing. A file that has this content already
 * stays untouched, so that nothing that watches it wakes up.
 */
export function writeResult(path: string, content: string | Uint8Array, remedy?: string): void {
  // Beside its place, so that a full disk leaves the old file and never half of a new one.
  const fresh = `${path}.${process.pid}`;
  try {
    if (readQuietly(path)?.equals(Buffer.from(content as string)) === true) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(fresh, content);
    renameSync(fresh, path);
  } catch (cause) {
    removeQuietly(fresh);
    const { errno = 0, code = "", syscall = "open" } = cause as NodeJS.ErrnoException; // what node:fs throws
    throw new SyscallError(syscall, Math.abs(errno), code, { trail: [path], remedy, cause });
  }
}

function readQuietly(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // What stands in the way of writing is the error to report.
  }
}

/** The file may never have been made, or its folder be none (ENOTDIR): the first error is the one to report. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing more can be done here.
  }
}
