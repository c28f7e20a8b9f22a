import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { argumentError, MalformedError, within } from "../../errors.ts";

/** What a source tree says of itself. */
export interface SourceVersion {
  /** `1.7.0` */
  readonly libbpf: string;
  /** The file that says so, below the tree's folder. */
  readonly file: string;
  /** `6.18.35`, from the Makefile at the top of a kernel tree; undefined for libbpf's own repository. */
  readonly kernel: string | undefined;
  /** The tree has usdt.bpf.h. */
  readonly usdt: boolean;
}

/** A kernel tree; libbpf's own repository; the library's folder itself. */
const places = ["tools/lib/bpf", "src", "."];

/**
 * The version of libbpf in a source tree, as the article reads it: the largest version of libbpf.map, else the
 * Makefile's variables (Linux 4.20 and older).
 */
export function readSourceVersion(folder: string): SourceVersion {
  if (!existsSync(folder)) throw argumentError(`expected a source tree, found nothing at "${folder}"`);
  for (const place of places) {
    const map = textOf(folder, join(place, "libbpf.map"));
    const makefile = textOf(folder, join(place, "Makefile"));
    const file = join(place, map === undefined ? "Makefile" : "libbpf.map");
    const libbpf =
      map === undefined ? versionOfMakefile(makefile ?? "") : within(file, () => versionOfMap(map));
    if (libbpf === undefined) continue;
    const kernel = place === "tools/lib/bpf" ? kernelOfMakefile(textOf(folder, "Makefile") ?? "") : undefined;
    return { libbpf, file, kernel, usdt: existsSync(join(folder, place, "usdt.bpf.h")) };
  }
  throw argumentError(
    `expected libbpf.map or a Makefile with BPF_VERSION in "${folder}", found neither`,
    "DIR is a kernel's source tree (with tools/lib/bpf) or libbpf's own (with src)",
  );
}

/** The largest version of a linker version script: `LIBBPF_0.10.0 {` counts more than `LIBBPF_0.9.0 {`. */
export function versionOfMap(text: string): string {
  const versions = [...text.matchAll(/^LIBBPF_(\d+(?:\.\d+)*)\s*\{/gm)].map(([, version = ""]) => version);
  const [largest] = versions.sort((left, right) => compareVersions(right, left));
  if (largest === undefined) throw new MalformedError("versions such as LIBBPF_1.0.0", "none");
  return largest;
}

/** `BPF_VERSION = 0`, `BPF_PATCHLEVEL = 0`, `BPF_EXTRAVERSION = 1` → `0.0.1`; undefined without them. */
export function versionOfMakefile(text: string): string | undefined {
  const parts = ["BPF_VERSION", "BPF_PATCHLEVEL", "BPF_EXTRAVERSION"].map((name) => variable(text, name));
  return parts.every((part) => part !== undefined) ? parts.join(".") : undefined;
}

/** `VERSION = 6`, `PATCHLEVEL = 18`, `SUBLEVEL = 35`, `EXTRAVERSION = -rc1` → `6.18.35-rc1` */
export function kernelOfMakefile(text: string): string | undefined {
  const parts = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map((name) => variable(text, name));
  if (!parts.every((part) => part !== undefined)) return undefined;
  return `${parts.join(".")}${/^EXTRAVERSION\s*=[ \t]*(-\S+)/m.exec(text)?.[1] ?? ""}`;
}

function variable(text: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*=\\s*(\\d+)\\s*$`, "m").exec(text)?.[1];
}

/** Like strcmp for `1.10.0` and `1.9.0`: below, equal or above 0. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split(".").map(Number));
  for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function textOf(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch {
    return undefined;
  }
}
