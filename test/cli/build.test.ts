import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildCommand } from "../../src/cli/build.ts";
import { capture } from "./capture.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-build-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const source = write("nothing.bpf.c", "int nothing;\n");

test("a result that cannot be written is an error with its path, not a stack", async () => {
  const { status, stderr } = await capture(buildCommand, ["-o", "/dev/null/out", source]);
  expect(status).toBe(1);
  expect(stderr).toContain("tsbpf build: /dev/null/out/nothing.bpf.gen.ts: ");
  expect(stderr).toContain("ENOTDIR");
  expect(stderr).toContain("--out-dir DIR writes elsewhere");
  expect(existsSync(join(folder, "nothing.bpf.gen.ts"))).toBe(false);
});

test("a module that cannot take its place leaves nothing half written", async () => {
  const out = join(folder, "taken");
  mkdirSync(join(out, "nothing.bpf.gen.ts"), { recursive: true });
  const { status, stderr } = await capture(buildCommand, ["-o", out, source]);
  expect(status).toBe(1);
  expect(stderr).toContain("EISDIR");
  expect(readdirSync(out)).toEqual(["nothing.bpf.gen.ts"]);
});

test("all folders of the compiler's search, in its spelling and in ours, in its order", async () => {
  const folders = ["quote", "plain", "system", "after"];
  for (const [index, name] of folders.entries()) {
    // Each later folder has the headers of the earlier ones, too: the first in the order must answer.
    for (const header of folders.slice(0, index + 1))
      write(`search/${name}/${header}.h`, `#define FROM_${header} ${index}\n`);
  }
  const text = folders.map((name) => `#include "${name}.h"\n`).join("");
  const check = folders
    .map((name, index) => `_Static_assert(FROM_${name} == ${index}, "${name}");\n`)
    .join("");
  const searching = write("search.bpf.c", text + check);
  const at = (name: string): string => join(folder, "search", name);
  const options = [`-idirafter`, at("after"), `--isystem=${at("system")}`, `-I${at("plain")}`];
  const { status, stderr } = await capture(buildCommand, [...options, "-iquote", at("quote"), searching]);
  expect(stderr).toMatch(/^1 built in/);
  expect(status).toBe(0);
});

test("another release's BPF headers are used, and switched", async () => {
  const user = write(
    "headers/user.bpf.c",
    "#include <bpf/bpf_helpers.h>\n#include <bpf/tsbpf.h>\nint release = RELEASE;\n",
  );
  for (const release of [1, 2])
    write(`headers/release${release}/src/bpf_helpers.h`, `#define RELEASE ${release}\n`);
  const build = (release: number): ReturnType<typeof capture> =>
    capture(buildCommand, ["--json", "--bpf-headers", join(folder, `headers/release${release}`), user]);
  expect(JSON.parse((await build(1)).stdout)).toMatchObject({ status: "built" });
  expect(JSON.parse((await build(1)).stdout)).toMatchObject({ status: "fresh" });
  expect(JSON.parse((await build(2)).stdout)).toMatchObject({ status: "built" });
  await expect(capture(buildCommand, ["--bpf-headers", join(folder, "headers"), user])).rejects.toThrow(
    /expected bpf_helpers\.h in/,
  );
});

test("what the compiler says is data with --json", async () => {
  const bad = write("bad.bpf.c", "int x = y;\n");
  const { status, stdout } = await capture(buildCommand, ["--json", bad]);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    status: "refused",
    error: { code: "COMPILE" },
    diagnostics: [{ severity: "error", file: bad, line: 1, column: 9 }],
  });
});

test.each([
  [["--mcpu", "v9"], /key "mcpu": expected v1, v2, v3 or v4, found "v9"/],
  [["--target", "arm46"], /unknown target "arm46" \(did you mean "arm64"\?\)/],
  [["--out-name", "all"], /--out-name: expected a name with \{name\} in it/],
  [["--jobs", "0"], /--jobs: expected a number above 0, found "0"/],
  [["--btf", "/nothing"], /expected a file, found nothing at "\/nothing"/],
  [["-iqoute", "a"], /unknown option/],
])("a mistyped option is refused: %j", async (words, message) => {
  await expect(capture(buildCommand, [...words, source])).rejects.toThrow(message);
});

test("a folder without sources says what to do", async () => {
  const before = process.cwd();
  const empty = join(folder, "empty");
  mkdirSync(empty);
  process.chdir(empty);
  try {
    await expect(capture(buildCommand, [])).rejects.toThrow(
      /expected sources like \*\*\/\*\.bpf\.c in .*empty, found none/,
    );
  } finally {
    process.chdir(before);
  }
});
