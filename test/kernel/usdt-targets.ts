// Programs with tracing points, compiled where the tests run.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./sys-door.js";

/** Kept: a VM on this folder uses what was compiled on the host, where that takes a twentieth of the time. */
export const folder = fileURLToPath(new URL("build/usdt-targets", root));
mkdirSync(folder, { recursive: true });

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

/** When a file was last written, in ms; 0 if it is not there. */
function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Compiles C with our <sys/sdt.h>; the path of the program or library. */
export function build(
  source: string,
  name: string,
  flags: readonly string[],
  [program, ...leading]: [string, ...string[]] = compiler(),
): string {
  const output = join(folder, name.replaceAll(" ", "-"));
  const changed = Math.max(...[source, "include/sys/sdt.h"].map((file) => timeOf(path(file))));
  if (timeOf(output) > changed) return output;
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
