import { existsSync, readdirSync } from "node:fs";
import { release as runningRelease } from "node:os";
import { basename, dirname } from "node:path";
import { argumentError, FeatureError } from "../../errors.ts";
import type { Btf } from "../../format/btf/index.ts";
import { suggest } from "../../suggestion.ts";
import { readBtfFile } from "./btf-file.ts";
import { findKernelTypes } from "./kept-header.ts";

const BTF_FOLDER = "/sys/kernel/btf";

/** Types and the file they were read from. */
export interface FoundTypes {
  readonly btf: Btf;
  readonly source: string;
}

/** The types of the running kernel. KERNEL_FEATURE: no file has them. */
export function kernelTypes(root = ""): FoundTypes {
  const source = findKernelTypes(root);
  if (source !== undefined) return { btf: readBtfFile(source), source };
  throw new FeatureError("BTF, CONFIG_DEBUG_INFO_BTF", "5.4", runningRelease(), {
    remedy:
      "name a file with this kernel's types, such as the vmlinux of its debug package: tsbpf vmlinux FILE",
  });
}

/** The types of the running kernel and, on top, those of a loaded module (Linux 5.11). ARGUMENT: it is not loaded. */
export function moduleTypes(name: string, root = ""): FoundTypes {
  // Files have dashes where the kernel has underscores.
  const module = name.replace(/\.ko$/, "").replaceAll("-", "_");
  const source = `${root}${BTF_FOLDER}/${module}`;
  if (module !== "vmlinux" && existsSync(source)) {
    return { btf: readBtfFile(source, kernelTypes(root).btf), source };
  }
  const known = listModules(root);
  if (known.length === 0) {
    throw argumentError(
      `expected module "${name}" in ${BTF_FOLDER}, found no modules there`,
      "load it with modprobe; kernels show types of modules from 5.11 on, with CONFIG_DEBUG_INFO_BTF_MODULES",
    );
  }
  throw argumentError(
    `unknown module "${name}"`,
    suggest(module, known) ?? `load it first: modprobe ${module}`,
  );
}

/** The types in a file, on top of those in `base`; the kernel's own files of modules know what they are split from. */
export function fileTypes(path: string, base?: string): FoundTypes {
  const isModule = dirname(path) === BTF_FOLDER && basename(path) !== "vmlinux";
  const below = base === undefined ? (isModule ? kernelTypes().btf : undefined) : readBtfFile(base);
  return { btf: readBtfFile(path, below), source: path };
}

function listModules(root: string): string[] {
  try {
    return readdirSync(root + BTF_FOLDER).filter((name) => name !== "vmlinux");
  } catch {
    return [];
  }
}
