import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clang } from "../clang/index.ts";
import type { Fingerprint } from "./fingerprints.ts";
import { removeQuietly } from "./write-result.ts";

/** What one unit was made of. */
export interface UnitRecord {
  /** Hash of everything but files that decides over the result: command, options, tsbpf itself; "": to be built again. */
  readonly recipe: string;
  /** Files that were read, with the hashes of what was in them. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Files that would have been read in their place, had they been there. */
  readonly absent: readonly string[];
  /** Files that were written, with the hashes of what was written. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Size of the object in bytes. */
  readonly bytes: number;
}

/** What is remembered between builds: `.tsbpf/build.json`. A cache: it may be deleted, a damaged one counts as none. */
export interface BuildState {
  readonly clang: Clang | undefined;
  readonly units: Map<string, UnitRecord>;
  /** So that a file that has not changed is not read to know its hash. What units were made of, they say themselves. */
  readonly files: Map<string, Fingerprint>;
}

const FILE = "build.json";
/** Another one and what was remembered is forgotten. */
const VERSION = 2;

interface StoredState {
  readonly version: number;
  readonly clang?: Clang;
  readonly units: Record<string, UnitRecord>;
  readonly files: Record<string, Fingerprint>;
}

/** What the last build remembered. */
export function readState(folder: string): BuildState {
  try {
    const stored = JSON.parse(readFileSync(join(folder, FILE), "utf8")) as StoredState; // written below
    if (stored.version === VERSION) {
      return {
        clang: stored.clang,
        units: new Map(Object.entries(stored.units)),
        files: new Map(Object.entries(stored.files)),
      };
    }
  } catch {
    // None yet, or damaged: everything is built.
  }
  return { clang: undefined, units: new Map(), files: new Map() };
}

/** Remembers for the next build. A folder that cannot be written costs that build its short cut, nothing else. */
export function writeState(folder: string, state: BuildState): void {
  const stored: StoredState = {
    version: VERSION,
    ...(state.clang === undefined ? {} : { clang: state.clang }),
    units: Object.fromEntries(state.units),
    files: Object.fromEntries(state.files),
  };
  const fresh = join(folder, `${FILE}.${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(fresh, JSON.stringify(stored));
    renameSync(fresh, join(folder, FILE));
  } catch {
    // Read-only checkouts and full disks: the results themselves said so where they matter.
    removeQuietly(fresh);
  }
}
