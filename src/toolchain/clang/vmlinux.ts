import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "../../errors.ts";
import { printC, readBtf } from "../../format/btf/index.ts";
import { cacheFolder } from "./cache-folder.ts";

/** The running kernel's types (Linux 5.4, CONFIG_DEBUG_INFO_BTF). */
const kernelBtfFile = "/sys/kernel/btf/vmlinux";

/**
 * The folder of a `vmlinux.h` printed from BTF; undefined where this machine has none (macOS, a kernel without
 * BTF) and no file was named. Kept by the hash of the BTF, so that it is printed once a kernel.
 */
export function vmlinuxFolder(btfFile?: string): string | undefined {
  if (btfFile === undefined && !existsSync(kernelBtfFile)) return undefined;
  const file = btfFile ?? kernelBtfFile;
  const bytes = readFileSync(file);
  const name = `vmlinux-${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;
  const folder = join(cacheFolder(), name);
  const header = join(folder, "vmlinux.h");
  if (!existsSync(header)) {
    const text = within(file, () => printC(readBtf(bytes)));
    try {
      write(folder, text);
    } catch {
      // A service or `sudo -u` has a HOME that is not its own: a folder for this process then.
      const own = mkdtempSync(join(tmpdir(), "tsbpf-"));
      process.once("exit", () => rmSync(own, { recursive: true, force: true }));
      write(own, text);
      return own;
    }
  }
  return folder;
}

function write(folder: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  // Two builds at once: each writes its own file, the last rename wins, nobody reads half a header.
  const fresh = join(folder, `vmlinux.h.${randomUUID()}`);
  writeFileSync(fresh, text);
  renameSync(fresh, join(folder, "vmlinux.h"));
}
