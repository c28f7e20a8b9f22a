import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { within } from "../../errors.ts";
import { HEADER_REVISION } from "../../format/btf/index.ts";
import { kernelBtfPlaces } from "../../kernel/host/index.ts";
import { cacheFolder } from "../clang/index.ts";

const KERNEL_BTF = "/sys/kernel/btf/vmlinux";
/** ELF notes of the running kernel, the GNU build id among them: a hash of everything in it, BTF included. */
const NOTES = "/sys/kernel/notes";

/** Where the header of a BTF is kept. */
export interface KeptHeader {
  /** The file with the BTF. */
  readonly file: string;
  /** The folder of its `vmlinux.h`. */
  readonly folder: string;
  /** Whether it was printed. */
  readonly isThere: boolean;
}

/** Looks for a printed header, and prints none; undefined: this machine has no BTF, and no file was named. */
export function keptHeader(btfFile?: string): KeptHeader | undefined {
  const file = btfFile ?? findKernelTypes();
  if (file === undefined) return undefined;
  const folder = join(cacheFolder(), `vmlinux-${within(file, () => identity(file))}`);
  return { file, folder, isThere: existsSync(join(folder, "vmlinux.h")) };
}

/** The file with the types of the running kernel (RULES 45); undefined: there is none. `root` stands for `/`, for tests. */
export function findKernelTypes(root = ""): string | undefined {
  return kernelBtfPlaces(release())
    .map((place) => root + place)
    .find((place) => existsSync(place));
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
