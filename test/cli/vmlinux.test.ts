import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { parseCommandLine } from "../../src/cli/command.ts";
import { vmlinuxCommand } from "../../src/cli/vmlinux.ts";
import { encodeBtf, readBtf } from "../../src/format/btf/index.ts";
import { composite, int, member } from "../format/btf/types.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-vmlinux-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const base = encodeBtf([int(), composite("struct", "below", 4, [member("a", 1, 0)])]);
const split = encodeBtf([composite("struct", "above", 4, [member("b", 2, 0)])], { base: readBtf(base) });
const kernel = join(folder, "kernel.btf");
const module = join(folder, "my_module.btf");
writeFileSync(kernel, base);
writeFileSync(module, split);

/** What the command writes to stdout. */
async function run(...words: string[]): Promise<string> {
  const chunks: string[] = [];
  const write = (chunk: string | Uint8Array, done?: () => void): boolean => {
    chunks.push(typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk));
    done?.();
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(write as typeof process.stdout.write);
  expect(await vmlinuxCommand.run(parseCommandLine(vmlinuxCommand, words))).toBe(0);
  return chunks.join("");
}

test("a file to stdout", async () => {
  expect(await run(kernel)).toContain("struct below {\n\tint a;\n};");
});

test("-o writes the same, --json says what it is", async () => {
  const header = await run(kernel);
  vi.restoreAllMocks();
  const path = join(folder, "out", "vmlinux.h");
  const description = JSON.parse(await run(kernel, "-o", path, "--json")) as Record<string, unknown>;
  expect(readFileSync(path, "utf8")).toBe(header);
  const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  expect(description).toEqual({
    source: kernel,
    sha256: sha256(base),
    types: 1,
    functions: 0,
    bytes: header.length,
    output: path,
    headerSha256: sha256(header),
  });
});

test("a module with its kernel, and what it adds", async () => {
  const whole = await run(module, "--base", kernel);
  expect(whole).toContain("struct below {");
  expect(whole).toContain("struct above {");
  vi.restoreAllMocks();
  const added = await run(module, "--base", kernel, "--added");
  expect(added).toContain("#ifndef __VMLINUX_MY_MODULE_H__");
  expect(added).toContain('#include "vmlinux.h"');
  expect(added).toContain("struct above {");
  expect(added).not.toContain("struct below {");
});

test("a device is written to, not replaced", async () => {
  await run(kernel, "-o", "/dev/null");
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test.each<readonly [readonly string[], RegExp]>([
  [[kernel, module], /expected one FILE, found 2/],
  [["--minimal"], /expected SOURCE\.bpf\.c, found no source/],
  [["trace.bpf.c"], /C source "trace\.bpf\.c" \(tsbpf vmlinux --minimal trace\.bpf\.c\)/],
  [["--module", "x", kernel], /expected --module or FILE, found both/],
  [["--base", kernel], /--base: expected FILE beside it/],
  [["--added"], /--added: expected --module NAME or --base FILE/],
  [
    ["--added", "--minimal", "--btf", module, "--base", kernel, "a.bpf.c"],
    /--added or --minimal, found both/,
  ],
  [[module], /my_module\.btf: .*--base FILE/],
  [[kernel, "-o", "/dev/null/x"], /EEXIST.*--output FILE/],
])("%j is refused", async (words, message) => {
  await expect(run(...words)).rejects.toThrow(message);
});
