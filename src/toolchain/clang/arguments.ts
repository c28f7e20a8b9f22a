import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "./targets.ts";

/** How the compiler is told of a folder; the order of the words is the order in which it searches. */
export type SearchClass = "iquote" | "include" | "isystem" | "idirafter";

/** A folder in which the compiler looks for headers. */
export interface SearchFolder {
  readonly class: SearchClass;
  readonly path: string;
  /** Whose it is, for people: `--include`, `vmlinux.h`, `BPF headers`. */
  readonly origin: string;
}

/** How sources are compiled; the words are the compiler's own. */
export interface CompileSettings {
  readonly target: Target;
  /** Searched for `#include "…"` only, after the including file's own folder. */
  readonly iquote: readonly string[];
  /** `-I`: searched for every include, before tsbpf's own folders. */
  readonly include: readonly string[];
  /** Searched after all `-I`; warnings in these headers are not shown. */
  readonly isystem: readonly string[];
  /** Searched last. */
  readonly idirafter: readonly string[];
  /** `NAME` or `NAME=VALUE` */
  readonly define: readonly string[];
  /** The BPF instruction set: v1 to v4. */
  readonly mcpu: string;
  /** More arguments, last on the command line. */
  readonly cflags: readonly string[];
  /** The folder of `vmlinux.h`; undefined: no source includes it. */
  readonly vmlinux: string | undefined;
  /** The folder that holds `bpf/bpf_helpers.h`; undefined: tsbpf's own. */
  readonly bpfHeaders: string | undefined;
  /** Whether /usr/include is searched last, where there is one: for `<linux/if_ether.h>` and its like. */
  readonly systemHeaders: boolean;
}

/** Where tsbpf's own headers are: `<bpf/bpf_helpers.h>` and the freestanding C headers. */
export const headersFolder: string = fileURLToPath(new URL("../../../include", import.meta.url));

const flags: Readonly<Record<SearchClass, string>> = {
  iquote: "-iquote",
  include: "-I",
  isystem: "-isystem",
  idirafter: "-idirafter",
};

/** The system's headers, if it has them whole: Debian keeps `asm/` below a folder of the machine, others beside `linux/`. */
function systemFolders(): string[] {
  const machines: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
  const folder = `/usr/include/${machines[process.arch] ?? process.arch}-linux-gnu`;
  if (existsSync(`${folder}/asm`)) return [folder, "/usr/include"];
  return existsSync("/usr/include/asm") ? ["/usr/include"] : [];
}

/** Every folder that is searched, in the compiler's order. */
export function searchFolders(settings: CompileSettings): SearchFolder[] {
  const all = (kind: SearchClass, origin: string, paths: readonly (string | undefined)[]): SearchFolder[] =>
    paths.filter((path) => path !== undefined).map((path) => ({ class: kind, path, origin }));
  const { vmlinux, bpfHeaders = headersFolder } = settings;
  return [
    ...all("iquote", "--iquote", settings.iquote),
    ...all("include", "--include", settings.include),
    ...all("include", "vmlinux.h", [vmlinux]),
    ...all("include", "BPF headers", [bpfHeaders]),
    ...all("isystem", "--isystem", settings.isystem),
    // A compiler without a resource directory (zig's) has no stddef.h of its own.
    ...all("isystem", "freestanding C", [join(headersFolder, "freestanding")]),
    ...all("idirafter", "--idirafter", settings.idirafter),
    ...all("idirafter", "system", settings.systemHeaders ? systemFolders() : []),
    // For machines without the system's: what programs use of <linux/…>.
    ...all("idirafter", "UAPI headers", [join(headersFolder, "uapi")]),
  ];
}

/** The arguments that turn a C source into a BPF object, without the compiler's name and without what is written where. */
export function compileArguments(settings: CompileSettings): string[] {
  const { target } = settings;
  return [
    target.littleEndian ? "--target=bpfel" : "--target=bpfeb",
    "-O2",
    "-g",
    `-mcpu=${settings.mcpu}`,
    "-Wall",
    // vmlinux.h declares anonymous structs by their tag, a Microsoft extension that kernel types rely on.
    "-Wno-missing-declarations",
    `-D__TARGET_ARCH_${target.define}`,
    ...settings.define.map((define) => `-D${define}`),
    // Only the folders that are named: the same source finds the same headers everywhere.
    "-nostdinc",
    ...searchFolders(settings).flatMap(({ class: kind, path }) =>
      kind === "include" ? [`-I${path}`] : [flags[kind], path],
    ),
    // Paths in BTF relative to here, or to what a folder of ours is: the same source gives the same object wherever
    // the checkout, the cache and tsbpf lie.
    "-fdebug-compilation-dir=.",
    ...[...prefixMaps(settings)].map(([name, path]) => `-fdebug-prefix-map=${path}=${name}`),
    ...settings.cflags,
  ];
}

/** Folders that lie elsewhere on another machine, by what debug information and BTF call them. */
export function prefixMaps({ vmlinux, bpfHeaders }: CompileSettings): ReadonlyMap<string, string> {
  const folders = { vmlinux, tsbpf: headersFolder, "bpf-headers": bpfHeaders };
  return new Map(
    Object.entries(folders).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
