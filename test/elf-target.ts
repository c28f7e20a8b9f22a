// Small executables and libraries, made by this machine's C compiler: what a linker writes is what is to be read.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Why there are none, where there are none. */
export const noCompiler = spawnSync("cc", ["--version"]).status !== 0;

const folder = mkdtempSync(join(tmpdir(), "tsbpf-elf-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const targets = fileURLToPath(new URL("targets", import.meta.url));

/** Where files of {@link compileLibrary} and others may be put. */
export function placeFor(name: string): string {
  return join(folder, name);
}

/** Compiles test/targets/library.c with its versions. */
export function compileLibrary(name: string, ...options: readonly string[]): string {
  const path = placeFor(name);
  const map = `-Wl,--version-script=${join(targets, "library.map")}`;
  execFileSync("cc", ["-O1", "-shared", "-fPIC", map, ...options, "-o", path, join(targets, "library.c")]);
  return path;
}

/** Compiles test/targets/probed.c. */
export function compileProgram(name: string, ...options: readonly string[]): string {
  const path = placeFor(name);
  execFileSync("cc", ["-O1", ...options, "-o", path, join(targets, "probed.c")]);
  return path;
}

/** Runs one of the binutils. */
export function binutil(tool: "objcopy" | "strip" | "readelf", ...options: readonly string[]): string {
  return execFileSync(tool, options, { encoding: "utf8" });
}

/** Address → what `readelf -sW` says: the symbols of a file as another reader sees them. */
export function readelfSymbols(
  path: string,
): Map<string, { readonly address: number; readonly type: string }> {
  const symbols = new Map<string, { address: number; type: string }>();
  for (const match of binutil("readelf", "-sW", path).matchAll(
    /^\s*\d+: ([0-9a-f]+)\s+\d+ (\S+)\s+\S+\s+\S+\s+\d+ (\S+)/gm,
  )) {
    const [, address = "", type = "", name = ""] = match;
    symbols.set(name, { address: Number.parseInt(address, 16), type });
  }
  return symbols;
}

export function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
