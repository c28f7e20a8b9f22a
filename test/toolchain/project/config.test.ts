import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import type { BuildConfig } from "../../../src/config.ts";
import { checkConfig, openProject, planUnits, withSettings } from "../../../src/toolchain/project/index.ts";
import { plainConfig } from "../../../src/toolchain/project/plain-config.ts";
import { program, put, sandbox } from "./sandbox.ts";

test.each([
  [undefined, "expected an object as default export, found none"],
  [[], "expected an object as default export, found a list"],
  [{ sourcse: "a" }, 'unknown key "sourcse" (did you mean "sources"?)'],
  [{ include: "inc" }, 'key "include": expected a list of texts, found "inc"'],
  [{ mcpu: "v9" }, 'key "mcpu": expected v1, v2, v3 or v4, found "v9"'],
  [{ outName: "all" }, 'key "outName": expected a name with {name} in it, found "all"'],
  [
    { define: { A: null } },
    'key "define": expected an object of texts, numbers or booleans, found {"A":null}',
  ],
  [{ target: "arm46" }, 'unknown target "arm46" (did you mean "arm64"?)'],
  [{ btf: { x68: "a" } }, 'unknown target "x68" (did you mean "x86"?)'],
])("a config that is wrong: %j", (config, message) => {
  expect(() => checkConfig(config)).toThrow(message);
});

test.each(["tsbpf.config.js", "tsbpf.config.mjs", "tsbpf.config.json"])(
  "%s is found from a folder below it, and its paths are its own",
  async (name) => {
    const config = '{ "include": ["inc"], "outDir": "out" }';
    const root = sandbox({
      "package.json": '{ "type": "module" }',
      [name]: name.endsWith("json") ? config : `export default ${config};\n`,
      "deep/er/a.bpf.c": program("a"),
    });
    const project = await openProject(join(root, "deep/er"));
    expect(project).toMatchObject({ root, configFile: join(root, name), stateFolder: join(root, ".tsbpf") });
    expect(project.config).toMatchObject({ include: [join(root, "inc")], outDir: join(root, "out") });
  },
);

test("a config with a fault is named with its path", async () => {
  const root = sandbox({ "tsbpf.config.json": '{ "inculde": [] }' });
  await expect(openProject(root)).rejects.toMatchObject({
    code: "ARGUMENT",
    trail: [join(root, "tsbpf.config.json")],
    remedy: 'did you mean "include"?',
  });
  put(join(root, "tsbpf.config.json"), "{");
  await expect(openProject(root)).rejects.toThrow(/tsbpf\.config\.json: expected JSON/);
});

test("what the command line says comes first in lists, last for macros and flags, and wins where there is one value", async () => {
  const root = sandbox({
    "tsbpf.config.json": JSON.stringify({
      include: ["theirs"],
      define: { A: 1, B: 1 },
      cflags: ["-O1"],
      mcpu: "v1",
    } satisfies BuildConfig),
  });
  const project = withSettings(await openProject(root), {
    include: ["/ours"],
    define: { B: 2 },
    cflags: ["-O2"],
    mcpu: "v2",
  });
  expect(project.config).toMatchObject({
    include: ["/ours", join(root, "theirs")],
    define: { A: 1, B: 2 },
    cflags: ["-O1", "-O2"],
    mcpu: "v2",
  });
});

test("two sources that would be built to one file are refused, with what to do", async () => {
  const root = sandbox({
    "tsbpf.config.json": '{ "outDir": "out" }',
    "a/same.bpf.c": program("a"),
    "b/same.bpf.c": program("b"),
  });
  const project = await openProject(root);
  expect(() => planUnits(project, ["a/same.bpf.c", "b/same.bpf.c"])).toThrow(
    "a/same.bpf.c and b/same.bpf.c would both be built to out/same.bpf.o",
  );
  expect(() => planUnits(project, ["a/none.bpf.c"])).toThrow(/expected a file, found nothing at/);
  expect(() => planUnits(project, ["tsbpf.config.json"])).toThrow(/expected a C source such as trace.bpf.c/);
});

test.each([
  ["tsbpf.config.mjs", 'throw new Error("broke");', "(broke at tsbpf.config.mjs:1)"],
  ["tsbpf.config.mjs", "throw null;", "(null)"],
  ["tsbpf.config.mjs", 'import "./none.mjs";', "none.mjs"],
])("a config that cannot be imported is no fault of ours: %s %s", async (name, text, message) => {
  const root = sandbox({ [name]: text });
  const error = await openProject(root).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "ARGUMENT", trail: [join(root, name)] });
  expect((error as Error).message).toContain(message);
});

describe("a config in TypeScript for a Node that does not take types away", () => {
  const linked = (files: Readonly<Record<string, string>>): string => {
    const root = sandbox(files);
    mkdirSync(join(root, "node_modules"));
    symlinkSync(resolve("node_modules/typescript"), join(root, "node_modules/typescript"));
    return root;
  };
  const load = async (root: string): Promise<unknown> => {
    const plain = plainConfig(join(root, "tsbpf.config.ts"));
    return ((await import(/* @vite-ignore */ pathToFileURL(plain).href)) as { default: unknown }).default;
  };

  test("its relative imports, in TypeScript and not, and its own address; nothing lies beside it", async () => {
    const root = linked({
      "tsbpf.config.ts": [
        'import { level } from "./deep/shared.js";',
        'import { size } from "./plain.mjs";',
        "const here: string = import.meta.url;",
        "export default { level, size, here };",
      ].join("\n"),
      "deep/shared.ts": 'import { v } from "../value.ts";\nexport const level: string = v as string;\n',
      "value.ts": 'export const v = "v2" satisfies string;\n',
      "plain.mjs": "export const size = 3;\n",
    });
    const here = pathToFileURL(join(root, "tsbpf.config.ts")).href;
    expect(await load(root)).toEqual({ level: "v2", size: 3, here });
    const before = plainConfig(join(root, "tsbpf.config.ts"));
    expect(plainConfig(join(root, "tsbpf.config.ts"))).toBe(before);
    put(join(root, "value.ts"), 'export const v = "v3";\n');
    expect(await load(root)).toMatchObject({ level: "v3" });
    expect(readdirSync(root).sort()).toEqual(
      [".tsbpf", "deep", "node_modules", "plain.mjs", "tsbpf.config.ts", "value.ts"].sort(),
    );
  });

  test("TypeScript is loaded once for each text", () => {
    const root = linked({ "tsbpf.config.ts": "export default { a: 1 as number };\n" });
    const plain = plainConfig(join(root, "tsbpf.config.ts"));
    rmSync(join(root, "node_modules"), { recursive: true });
    expect(plainConfig(join(root, "tsbpf.config.ts"))).toBe(plain);
    const other = sandbox({ "tsbpf.config.ts": "export default {};\n" });
    expect(() => plainConfig(join(other, "tsbpf.config.ts"))).toThrow("or the package typescript");
  });

  test("what TypeScript does not understand has its file and line", () => {
    const root = linked({ "tsbpf.config.ts": "export default {\n  mcpu:\n};\n" });
    expect(() => plainConfig(join(root, "tsbpf.config.ts"))).toThrow(
      /tsbpf\.config\.ts:3: Expression expected/,
    );
  });
});
