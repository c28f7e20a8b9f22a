// A C program to put probes on: compiled here, fed line by line.
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./sys-door.js";

/** undefined, or why there is no target to probe. */
export const noCompiler: string | undefined =
  spawnSync("cc", ["--version"]).status === 0 ? undefined : "needs a C compiler, cc";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-probed-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Compiles test/targets/probed.c under a name. */
export function compileTarget(name: string, ...options: readonly string[]): string {
  const path = join(folder, name);
  const source = fileURLToPath(new URL("test/targets/probed.c", root));
  execFileSync("cc", ["-O1", "-o", path, source, ...options]);
  return path;
}

/** A running target. */
export interface Target {
  readonly pid: number;
  /** Lets it make `count` calls; what it answers: the sum of the results, and its counter. */
  call(count: number): Promise<{ readonly sum: number; readonly counter: number }>;
  end(): Promise<void>;
}

/** Starts a program of {@link compileTarget}. */
export function startTarget(path: string): Target {
  const child: ChildProcess = spawn(path, { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  let heard = (): void => undefined;
  child.stdout?.on("data", (bytes: Buffer) => {
    text += bytes.toString();
    heard();
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    pid: child.pid ?? 0,
    call: async (count) => {
      child.stdin?.write(`${count}\n`);
      while (!text.includes("\n")) await new Promise<void>((resolve) => (heard = resolve));
      const [sum = 0, counter = 0] = text.split(" ").map(Number);
      text = "";
      return { sum, counter };
    },
    end: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}
