import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "../../errors.ts";
import { HeaderPrinter } from "../../format/btf/index.ts";
import type { Announce } from "../clang/index.ts";
import { keptHeader } from "./kept-header.ts";
import { fileTypes } from "./kernel-types.ts";

/**
 * The folder of a `vmlinux.h` printed from BTF; undefined where this machine has none (macOS, a kernel without
 * BTF) and no file was named. Printed once a kernel: what is kept is found by what identifies the BTF, without reading
 * its megabytes.
 */
export function vmlinuxFolder(btfFile?: string, announce?: Announce): string | undefined {
  const kept = keptHeader(btfFile);
  if (kept === undefined) return undefined;
  const { file, folder, isThere } = kept;
  if (isThere) return folder;
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

function write(folder: string, header: Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  // Two builds at once: each writes its own file, the last rename wins, nobody reads half a header.
  const fresh = join(folder, `vmlinux.h.${randomUUID()}`);
  writeFileSync(fresh, header);
  renameSync(fresh, join(folder, "vmlinux.h"));
}
