// Programs with tracing points, compiled where the tests run.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "./sys-door.js";

export const folder = mkdtempSync(join(tmpdir(), "tsbpf-usdt-"));
after(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => fileURLToPath(new URL(name, root));

/** `cc`, or the npm compiler where there is none. */
function compiler(): [string, ...string[]] {
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
    return ["cc"];
  } catch {
    return zig();
  }
}

export function zig(): [string, ...string[]] {
  const require = createRequire(import.meta.url);
  return [require.resolve(`@zigc/${process.platform}-${process.arch}/bin/zig`), "cc"];
}

/** Compiles C with our <sys/sdt.h>; the path of the program or library. */
export function build(
  source: string,
  name: string,
  flags: readonly string[],
  [program, ...leading]: [string, ...string[]] = compiler(),
): string {
  const output = join(folder, name);
  execFileSync(program, [...leading, ...flags, "-w", `-I${path("include")}`, "-o", output, path(source)]);
  return output;
}

/** Runs a program to its end: its exit status. */
export function run(program: string, ...words: string[]): number {
  try {
    execFileSync(program, words, { stdio: "ignore" });
    return 0;
  } catch (error) {
    const { status } = error as { status: number | null }; // what execFileSync throws
    if (status === null) throw error;
    return status;
  }
}

/** A program that runs until it is stopped; resolves when it has printed something. */
export async function start(program: string, ...words: string[]): Promise<ChildProcess> {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    child.stdout?.once("data", resolve);
    child.once("error", reject);
  });
  child.stdout?.resume();
  return child;
}

export async function stop(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill();
  await closed;
}
