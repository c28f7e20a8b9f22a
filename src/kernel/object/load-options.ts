import { argumentError, TsbpfError, ErrorCode } from "../../errors.ts";
import { hostIsLittleEndian } from "../../format/abi/index.ts";
import type { Btf } from "../../format/btf/index.ts";
import type { Codec } from "../../program/codec/index.ts";
import type { ObjectSpec, ObjectTypes } from "../../program/spec/index.ts";
import { suggest } from "../../suggestion.ts";
import type { HasFd } from "./element-codecs.ts";

/** What a map is to be instead of what its source says. */
export interface MapOptions {
  /** Elements; of a ring buffer bytes, rounded up to a page times a power of two (RULES 14). */
  readonly maxEntries?: number | undefined;
  /** A path to pin it at (and to reuse what is pinned there), `true` for the pin root and its name, `false` not to pin. */
  readonly pin?: string | boolean | undefined;
  /** A map that is already there: one of tsbpf's, or an fd, which stays the caller's. It must fit (RULES 13). */
  readonly reuse?: HasFd | number | undefined;
  /** `false`: do not create it; code that really uses it is then refused by the verifier. */
  readonly create?: boolean | undefined;
}

/** Programs and variables of an object as `load` takes them. */
export interface LoadSettings<Types extends ObjectTypes = ObjectTypes> {
  /** Values of global variables before anything runs; `const` ones too, and the verifier then knows them. */
  readonly set?: { readonly [Name in keyof Types["variables"]]?: Types["variables"][Name] } | undefined;
  /** Which programs to load; default: all but those in `SEC("?…")`. */
  readonly autoload?: { readonly [Name in keyof Types["programs"]]?: boolean } | undefined;
  /** Programs that may be refused: they end up in `skipped` with the reason. `true`: any of them. */
  readonly optional?: readonly (keyof Types["programs"] & string)[] | boolean | undefined;
  /** Changes by map name; a map that is not named is made as its source says. */
  readonly maps?: { readonly [Name in keyof Types["maps"]]?: MapOptions } | undefined;
  /** Where maps with `LIBBPF_PIN_BY_NAME` are pinned; default /sys/fs/bpf. */
  readonly pinRoot?: string | undefined;
  /** The kernel's types, for a kernel without BTF of its own (RULES 45). */
  readonly btf?: Btf | undefined;
  /** `CONFIG_…` → text, before what the kernel's configuration says (RULES 25). */
  readonly kconfig?: Readonly<Record<string, string>> | undefined;
  /** Ask the verifier for its log of programs that load, too: 1 the way it went, 2 all states, 4 statistics. */
  readonly logLevel?: number | undefined;
  /**
   * A BPF file system to make a BPF token from, in a user namespace (Linux 6.9); `""`: none. Default: the environment's
   * LIBBPF_BPF_TOKEN_PATH, else /sys/fs/bpf where the kernel refuses without one (RULES 52).
   */
  readonly token?: string | undefined;
  /** The program and function that each `freplace` program replaces. */
  readonly replaces?:
    | {
        readonly [Name in keyof Types["programs"]]?: {
          /** A loaded program with BTF; it stays the caller's. */
          readonly program: HasFd;
          /** C name of the function: a global subprogram, or the program's own. */
          readonly function: string;
        };
      }
    | undefined;
  /** Ready-made codecs by map or variable name, instead of those compiled from BTF. */
  readonly codecs?: Readonly<Record<string, Codec>> | undefined;
}

/** Refuses names that the object does not have, and objects for other machines. */
export function checkSettings(spec: ObjectSpec, settings: LoadSettings): void {
  if (spec.littleEndian !== hostIsLittleEndian) {
    const order = (little: boolean): string => (little ? "little" : "big");
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected a ${order(hostIsLittleEndian)}-endian object, found a ${order(spec.littleEndian)}-endian one`,
      { remedy: `compile with --target=${hostIsLittleEndian ? "bpfel" : "bpfeb"}` },
    );
  }
  const programs = spec.programs.map((program) => program.name);
  const maps = spec.maps.map((map) => map.name);
  const variables = spec.variables.map((variable) => variable.name);
  known("variable", Object.keys(settings.set ?? {}), variables, "set");
  known("program", Object.keys(settings.autoload ?? {}), programs, "autoload");
  known("program", Object.keys(settings.replaces ?? {}), programs, "replaces");
  known("map", Object.keys(settings.maps ?? {}), maps, "maps");
  if (Array.isArray(settings.optional)) known("program", settings.optional, programs, "optional");
}

function known(what: string, names: readonly string[], all: readonly string[], option: string): void {
  for (const name of names) {
    if (!all.includes(name)) {
      throw argumentError(`option "${option}": the object has no ${what} "${name}"`, suggest(name, all));
    }
  }
}
