/**
 * What `tsbpf.config.ts` says. Every key may be left out; the words are the compiler's and the command line's own,
 * and what both give is joined, the command line's first.
 */
export interface BuildConfig {
  /** Globs of C sources, relative to the config file; default: `**\/*.bpf.c`, without node_modules. */
  readonly sources?: string | readonly string[];
  /** Globs of sources that are left out. */
  readonly exclude?: string | readonly string[];
  /** The folder that results are written to; default: beside each source. */
  readonly outDir?: string;
  /**
   * The results' name without `.o` and `.gen.ts`: `{name}` is the source's, `{target}` the target's. Default:
   * `{name}.bpf`, and `{name}.{target}.bpf` where there are several targets.
   */
  readonly outName?: string;
  /** Whether `NAME.bpf.o` is written; default: true. */
  readonly object?: boolean;
  /** Whether `NAME.bpf.gen.ts` is written (little-endian targets only); default: true. */
  readonly module?: boolean;
  /** What the generated module imports; default: `tsbpf`. */
  readonly import?: string;
  /** `x86`, `arm64`, `s390` …, `mips-le`; default: this machine. */
  readonly target?: string | readonly string[];
  /** Folders searched for `#include "…"` only, after the including file's own. */
  readonly iquote?: readonly string[];
  /** Folders searched for every include, before tsbpf's own (`-I`). */
  readonly include?: readonly string[];
  /** Folders searched after those of `include` and tsbpf's own. */
  readonly isystem?: readonly string[];
  /** Folders searched last. */
  readonly idirafter?: readonly string[];
  /** Macros: `{ DEBUG: true, LIMIT: 8 }`. */
  readonly define?: Readonly<Record<string, string | number | boolean>>;
  /** The BPF instruction set, `v1` to `v4`; default: `v3` (Linux 5.1). */
  readonly mcpu?: "v1" | "v2" | "v3" | "v4";
  /** More arguments for the compiler. */
  readonly cflags?: readonly string[];
  /** Another set of BPF headers than tsbpf's: a folder with `bpf_helpers.h` or `bpf/bpf_helpers.h`, as a libbpf release has it. */
  readonly bpfHeaders?: string;
  /** Whether headers below /usr/include are found, after all others; default: true. */
  readonly systemHeaders?: boolean;
  /** The file that vmlinux.h is printed from; one for each target, or one for all. Default: the running kernel's BTF. */
  readonly btf?: string | Readonly<Record<string, string>>;
  /** The clang to use: a path or a name on PATH. Default: the first that is found (docs/building.md). */
  readonly compiler?: string;
}

/** Gives the config back as it is: `export default defineConfig({ … })` lets an editor check it. */
export function defineConfig(config: BuildConfig): BuildConfig {
  return config;
}
