import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { initCommand } from "../../src/cli/init.ts";
import { templates } from "../../src/toolchain/scaffold/index.ts";
import { capture } from "./capture.ts";

const base = mkdtempSync(join(tmpdir(), "tsbpf-init-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe.each(Object.keys(templates))("template %s", (template) => {
  const folder = join(base, template);

  test("is a whole project, and says what to do next", async () => {
    const { status, stdout } = await capture(initCommand, [folder, "--template", template]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Next:\n {2}cd .*\n {2}npm install\n {2}(sudo )?npm start/);
    const { program } = templates[template] ?? { program: "" };
    for (const file of ["package.json", "tsconfig.json", "tsbpf.config.ts", ".clangd", "src/main.ts"])
      expect(existsSync(join(folder, file)), file).toBe(true);
    const main = readFileSync(join(folder, "src/main.ts"), "utf8");
    expect(main).toContain(`./${program}.bpf.gen.ts`);
    expect(main.split("\n").length).toBeLessThanOrEqual(26);
    expect(readFileSync(join(folder, `src/${program}.bpf.c`), "utf8")).toMatch(
      /^\/\/ SPDX-License-Identifier:/,
    );
  });
});

test("a folder with something in it is left alone; a fresh git repository is not something", async () => {
  const folder = join(base, "taken");
  mkdirSync(folder);
  writeFileSync(join(folder, "notes.txt"), "mine");
  await expect(capture(initCommand, [folder])).rejects.toThrow(
    /expected a new or empty folder, found 1 entries in .*notes\.txt \(name another one/,
  );
  const repository = join(base, "repository");
  mkdirSync(join(repository, ".git"), { recursive: true });
  expect((await capture(initCommand, [repository])).status).toBe(0);
});

test("mistakes: a template's name, no folder, two folders, a name that no package can have", async () => {
  await expect(capture(initCommand, [join(base, "x"), "-t", "kporbe"])).rejects.toThrow(
    'unknown template "kporbe" (did you mean "kprobe"?)',
  );
  await expect(capture(initCommand, [])).rejects.toThrow(/expected DIR, found none/);
  await expect(capture(initCommand, ["a", "b"])).rejects.toThrow(/expected one folder, found also "b"/);
  await expect(capture(initCommand, [join(base, "___")])).rejects.toThrow(/whose name can be a package's/);
});

test("a file in the place of the folder, names that npm refuses", async () => {
  const file = join(base, "file");
  writeFileSync(file, "");
  await expect(capture(initCommand, [file])).rejects.toThrow(/found that ".*file" is a file/);
  await expect(capture(initCommand, [join(base, "node_modules")])).rejects.toThrow(/can be a package's/);
  await expect(capture(initCommand, [""])).rejects.toThrow(/expected DIR, found none/);
  await capture(initCommand, [join(base, "tsbpf")]);
  expect(JSON.parse(readFileSync(join(base, "tsbpf/package.json"), "utf8"))).toMatchObject({
    name: "my-tsbpf",
  });
});

test("--json says what was made", async () => {
  const folder = join(base, "Über Json");
  const { stdout } = await capture(initCommand, [folder, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ folder, template: "ringbuf" });
  expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({ name: "uber-json" });
});
