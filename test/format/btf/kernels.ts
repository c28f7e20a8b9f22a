// Kernels' types to test on: those of the running kernel and, from outside of the repository, those of others.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readBtfFile } from "../../../src/toolchain/vmlinux/btf-file.ts";
import type { Btf } from "../../../src/format/btf/index.ts";

/** World-readable on every kernel with CONFIG_DEBUG_INFO_BTF (5.4 and later). */
const RUNNING = "/sys/kernel/btf/vmlinux";

export interface TestKernel {
  readonly name: string;
  /** Raw BTF, or ELF with a .BTF section. */
  readonly file: string;
  /** Files of modules, by name. */
  readonly modules: Readonly<Record<string, string>>;
}

/**
 * `$TSBPF_BTF_FOLDER/KERNEL/vmlinux` with `KERNEL/modules/*.ko` beside it; see docs/vmlinux.md. Which ones are missing, and
 * why, is in `missing`.
 */
export function testKernels(): {
  readonly kernels: readonly TestKernel[];
  readonly missing: readonly string[];
} {
  const kernels: TestKernel[] = [];
  const missing: string[] = [];
  if (existsSync(RUNNING)) kernels.push({ name: "the running kernel", file: RUNNING, modules: loaded() });
  else missing.push(`the running kernel: there is no ${RUNNING}`);
  const folder = process.env["TSBPF_BTF_FOLDER"];
  if (folder === undefined) missing.push("other kernels: TSBPF_BTF_FOLDER names no folder");
  else {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name, "vmlinux");
      if (existsSync(file)) kernels.push({ name, file, modules: files(join(folder, name, "modules")) });
    }
  }
  return { kernels, missing };
}

export function kernelBtf(kernel: TestKernel): Btf {
  return readBtfFile(kernel.file);
}

function loaded(): Record<string, string> {
  const { vmlinux: _, ...modules } = files("/sys/kernel/btf");
  return modules;
}

function files(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name.replace(/\.ko$/, ""), join(folder, name)]),
  );
}
