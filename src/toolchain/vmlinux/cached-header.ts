import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "../../errors.ts";
import { HEADER_REVISION, HeaderPrinter } from "../../format/btf/index.ts";
import { cacheFolder, type Announce } from "../clang/index.ts";
import { fileTypes, findKernelTypes } from "./kernel-types.ts";

const KERNEL_BTF = "/sys/kernel/btf/vmlinux";
/** ELF notes of the running kernel, the GNU build id among them: a hash of everything in it, BTF included. */
const NOTES = "/sys/kernel/notes";

/**
 * The folder of a `vmlinux.h` printed from BTF; undefined where this machine has none (macOS, a kernel without
 * BTF) and no file was named. Printed once a kernel: what is kept is found by what identifies the BTF, without reading
 * its megabytes.
 */
export function vmlinuxFolder(btfFile?: string, announce?: Announce): string | undefined {
  const file = btfFile ?? findKernelTypes();
  if (file === undefined) return undefined;
  const folder = join(cacheFolder(), `vmlinux-${within(file, () => identity(file))}`);
  if (existsSync(join(folder, "vmlinux.h"))) return folder;
  announce?.(`printing vmlinux.h of ${file}, once`);
  const { btf } = fileTypes(file);
  const { bytes } = within(file, () => new HeaderPrinter(btf).whole());
  try {
    write(folder, bytes);
    return folder;
  } catch {
    // A service or `sudo -u` has a HOME that is not its own: a folder for this process then.
    return temporaryHeaderFolder(bytes);
  }
}

/** A folder of this process with this `vmlinux.h`; removed when the process exits. */
function temporaryHeaderFolder(header: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "tsbpf-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  write(folder, header);
  return folder;
}

/**
 * What tells one BTF from another. Of the running kernel's its build id, as files of sysfs have the time of their making
 * after each boot and no more; of a file on disk what make looks at, and the time of its last change of any kind, which
 * nobody can set.
 */
function identity(file: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
  let facts: string | Uint8Array;
  if (file === KERNEL_BTF) facts = kernelNotes() ?? readFileSync(file);
  else if (file.startsWith("/sys/")) facts = readFileSync(file);
  else facts = [file, dev, ino, mtimeNs, ctimeNs].join(" ");
  const hash = createHash("sha256").update(`${HEADER_REVISION} ${release()} ${size} `).update(facts);
  return hash.digest("hex").slice(0, 16);
}

/** undefined where they have no build id (type 3 of GNU's notes, in either byte order). */
function kernelNotes(): Uint8Array | undefined {
  try {
    const notes = readFileSync(NOTES);
    return notes.includes("\x03\0\0\0GNU\0") || notes.includes("\0\0\0\x03GNU\0") ? notes : undefined;
  } catch {
    return undefined;
  }
}

function write(folder: string, header: Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  // Two builds at once: each writes its own file, the last rename wins, nobody reads half a header.
  const fresh = join(folder, `vmlinux.h.${randomUUID()}`);
  writeFileSync(fresh, header);
  renameSync(fresh, join(folder, "vmlinux.h"));
}
