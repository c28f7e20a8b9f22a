import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildCommand } from "../../src/cli/build.ts";
import { parseCommandLine } from "../../src/cli/command.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-build-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a result that cannot be written is an error with its path, not a stack", async () => {
  const source = join(folder, "nothing.bpf.c");
  writeFileSync(source, "int nothing;\n");
  const input = parseCommandLine(buildCommand, ["-o", "/dev/null/out", source]);
  await expect(buildCommand.run(input)).rejects.toMatchObject({
    code: "SYSCALL",
    trail: ["/dev/null/out/nothing.bpf.gen.ts"],
    errnoName: "ENOTDIR",
  });
  expect(existsSync(join(folder, "nothing.bpf.gen.ts"))).toBe(false);
});

test("a module that cannot take its place leaves nothing half written", async () => {
  const out = join(folder, "taken");
  mkdirSync(join(out, "nothing.bpf.gen.ts"), { recursive: true });
  const source = join(folder, "nothing.bpf.c");
  writeFileSync(source, "int nothing;\n");
  const input = parseCommandLine(buildCommand, ["-o", out, source]);
  await expect(buildCommand.run(input)).rejects.toMatchObject({ code: "SYSCALL", errnoName: "EISDIR" });
  expect(readdirSync(out)).toEqual(["nothing.bpf.gen.ts"]);
});
