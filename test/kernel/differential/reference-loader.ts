// test/reference/loader.c, compiled where that is possible: what libbpf makes of an object.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "../sys-door.js";

/** What the kernel says of a program, in the words of loader.c. */
export interface ProgramFacts {
  /** Only from libbpf: the kernel does not know names longer than 15 bytes. */
  readonly name?: string;
  readonly section?: string;
  readonly expectedAttachType?: number;
  readonly loadFlags?: number;
  readonly instructions?: number;
  readonly kernelName: string;
  readonly type: number;
  readonly tag: string;
  readonly xlatedLength: number;
  readonly functions: number;
  readonly lines: number;
  readonly gplCompatible: number;
  readonly verifiedInstructions: number;
  readonly attachBtfId: number;
  /** Kernel names, in the order in which the program refers to them. */
  readonly maps: readonly string[];
  /** Verified code, hexadecimal; a map is the index in `maps`. */
  readonly code: string;
  readonly functionInfo: string;
  readonly lineInfo: string;
}

/** What the kernel says of a map. */
export interface MapFacts {
  readonly name?: string;
  readonly kernelName: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly mapExtra: string;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  readonly btfVmlinuxValueTypeId: number;
  readonly frozen: boolean;
  /** Arrays with one element: its bytes, hexadecimal. */
  readonly value?: string;
  /** Maps of maps and program arrays. */
  readonly slots?: readonly { readonly key: string; readonly of: string }[];
}

export interface Facts {
  readonly programs: readonly ProgramFacts[];
  readonly maps: readonly MapFacts[];
  readonly btf?: { readonly size: number; readonly fnv1a: string };
}

/** A loader's answer: what is in the kernel, or why it is not. */
export type Answer =
  | (Facts & { readonly libbpf: string; readonly error?: undefined })
  | { readonly libbpf: string; readonly error: string; readonly errno: number; readonly log: string };

/** The kernel's ids of what is loaded. */
export interface Ids {
  readonly programs: readonly number[];
  readonly maps: readonly number[];
  readonly btf?: number | undefined;
}

export class ReferenceLoader {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Loads an object and closes it again. */
  load(object: string, without: readonly string[] = [], btfOut?: string): Answer {
    const options = without.flatMap((name) => ["--without", name]);
    if (btfOut !== undefined) options.push("--btf-out", btfOut);
    return this.run([...options, object]) as Answer;
  }

  /** Describes what is loaded already, with the same code. */
  describe(ids: Ids, btfOut?: string): Facts {
    return this.run([
      ...(btfOut === undefined ? [] : ["--btf-out", btfOut]),
      "--ids",
      ...ids.programs.map((id) => `program=${id}`),
      ...ids.maps.map((id) => `map=${id}`),
      ...(ids.btf === undefined ? [] : [`btf=${ids.btf}`]),
    ]) as Facts;
  }

  private run(args: readonly string[]): unknown {
    const { stdout, stderr, status, signal, error } = spawnSync(this.path, args, {
      encoding: "utf8",
      maxBuffer: 256 << 20,
    });
    if (error !== undefined) throw error;
    // 1: refused, which is an answer
    if (status !== 0 && status !== 1) {
      throw new Error(`${this.path} ${args.join(" ")}: status ${status}, signal ${signal}: ${stderr}`);
    }
    return JSON.parse(stdout);
  }
}

/**
 * The loader that TSBPF_REFERENCE_LOADER names, or loader.c compiled with this machine's cc and libbpf; a string is the
 * reason why there is none.
 */
export function findReferenceLoader(): ReferenceLoader | string {
  const named = process.env["TSBPF_REFERENCE_LOADER"];
  if (named !== undefined && named !== "") return new ReferenceLoader(named);
  const source = fileURLToPath(new URL("test/reference/loader.c", root));
  const folder = fileURLToPath(new URL("build/reference/", root));
  const path = `${folder}loader`;
  // A machine without a compiler, such as a VM on this folder, uses what was compiled before.
  if (existsSync(path) && statSync(path).mtimeMs >= statSync(source).mtimeMs)
    return new ReferenceLoader(path);
  mkdirSync(folder, { recursive: true });
  const flags = ["-O1", "-Wall", "-Wextra", "-o", path, source, "-lbpf", "-lelf", "-lz"];
  const { status, stderr, error } = spawnSync("cc", flags, { encoding: "utf8" });
  if (error !== undefined) return `no C compiler for test/reference/loader.c: ${error.message}`;
  if (status !== 0) return `test/reference/loader.c needs libbpf-dev: ${stderr.trim().split("\n")[0]}`;
  return new ReferenceLoader(path);
}

/** Whether version "1.1" is before "1.5". */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split(".").map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}
