import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bundleEntry, type BundleOptions } from "../../src/toolchain/bundle/index.ts";
import { findPeer } from "../../src/toolchain/peers/index.ts";
import { refuseOtherTarget } from "../../src/toolchain/sea/index.ts";

const home = mkdtempSync(join(tmpdir(), "tsbpf-bundle-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let count = 0;

/** A folder with these files, named by their paths. */
function project(files: Readonly<Record<string, string>>, name = `project-${++count}`): string {
  const folder = join(home, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function bundle(entry: string, options: BundleOptions = {}): Promise<string> {
  const { code } = await bundleEntry(entry, options);
  if (code === undefined) throw new Error("an object was refused");
  return code;
}

/** What the file prints and how it ends, in a folder where nothing else is. */
function run(
  code: string,
  name: string,
  ...words: string[]
): { out: string; err: string; status: number | null } {
  const folder = mkdtempSync(join(home, "alone-"));
  writeFileSync(join(folder, name), code);
  const result = spawnSync(process.execPath, [join(folder, name), ...words], { encoding: "utf8", cwd: "/" });
  return { out: result.stdout, err: result.stderr, status: result.status };
}

const source = `char LICENSE[] __attribute__((section("license"), used)) = "GPL";
__attribute__((section("socket"), used)) int NAME(void *ctx) { return 0; }
`;
const counter = (name: string): string => source.replace("NAME", name);

describe("objects", () => {
  test("a generated module that is missing is built; a C source is imported; the project is not needed", async () => {
    const folder = project({
      "package.json": `{"name":"p","type":"module","sideEffects":false}`,
      "src/one.bpf.c": counter("first"),
      "src/two.bpf.c": counter("second"),
      "src/main.ts": `import one, { type Types } from "./one.bpf.gen.js";
import two from "./two.bpf.c";
const names: (keyof Types["programs"])[] = ["first"];
console.log(names, one.spec.programs[0]?.name, two.spec.programs[0]?.name, one.name, two.name);
`,
    });
    const entry = join(folder, "src/main.ts");
    const first = await bundleEntry(entry);
    expect(first.objects.map(({ status }) => status)).toEqual(["built", "built"]);
    expect((await bundleEntry(entry)).objects[0]?.status).toBe("fresh");
    rmSync(folder, { recursive: true });
    expect(run(first.code ?? "", "main.mjs")).toEqual({
      out: "[ 'first' ] first second one.bpf.o two.bpf.o\n",
      err: "",
      status: 0,
    });
  }, 60_000);

  test("what is out of date is built, where the config says", async () => {
    const folder = project({
      "tsbpf.config.json": `{"outDir":"gen","module":true}`,
      "bpf/one.bpf.c": counter("before"),
      "main.ts": `import one from "./gen/one.bpf.gen.ts"; console.log(one.spec.programs[0]?.name);`,
    });
    const entry = join(folder, "main.ts");
    expect(run(await bundle(entry), "main.mjs").out).toBe("before\n");
    writeFileSync(join(folder, "bpf/one.bpf.c"), counter("after"));
    expect(run(await bundle(entry), "main.mjs").out).toBe("after\n");
  }, 60_000);

  test("a module that nobody builds is taken as it is, and asked for where it is missing", async () => {
    const folder = project({
      "built.bpf.c": counter("kept"),
      "main.ts": `import built from "./built.bpf.gen.ts"; console.log(built.spec.programs[0]?.name);`,
      "other.ts": `import "./gone.bpf.gen.ts";`,
    });
    await bundle(join(folder, "main.ts"));
    rmSync(join(folder, "built.bpf.c"));
    const again = await bundleEntry(join(folder, "main.ts"));
    expect(again.objects[0]?.status).toBe("found");
    await expect(bundleEntry(join(folder, "other.ts"))).rejects.toMatchObject({
      code: "ARGUMENT",
      detail: expect.stringMatching(/gone\.bpf\.gen\.ts, found neither it nor gone\.bpf\.c beside it$/),
      remedy: expect.stringMatching(/^tsbpf build -o /),
    });
  }, 60_000);

  test("a refused source is an outcome with the compiler's words, and there is no file", async () => {
    const folder = project({
      "bad.bpf.c": "int x = ;\n",
      "worse.bpf.c": "nothing\n",
      "main.ts": `import "./bad.bpf.gen.ts"; import "./worse.bpf.c";`,
    });
    const { objects, code } = await bundleEntry(join(folder, "main.ts"));
    expect(code).toBeUndefined();
    expect(objects.map(({ status, error }) => [status, error?.code])).toEqual([
      ["refused", "COMPILE"],
      ["refused", "COMPILE"],
    ]);
    expect(existsSync(join(folder, "bad.bpf.gen.ts"))).toBe(false);
  }, 60_000);
});

const files = {
  "package.json": `{"name":"p","type":"module"}`,
  "lib/part.ts": `export const part: string = "part";`,
  "node_modules/old/package.json": `{"name":"old","version":"1.0.0"}`,
  "node_modules/old/index.js": `const fs = require("fs"); exports.kind = typeof fs.readFileSync; exports.place = __dirname;`,
  "main.ts": `import { kind, place } from "old";
import { part } from "./lib/part.ts";
enum Status { Done = 3 }
await Promise.resolve();
if (process.argv[2] === "throw") throw new Error("thrown");
if (process.argv[2] === "never") await new Promise(() => {});
console.log(kind, part, typeof place, import.meta.url.startsWith("file:"), process.argv.slice(2).join());
process.exitCode = Status.Done;
`,
};

describe.each(["module", "script"] as const)("as a %s", (form) => {
  const name = form === "module" ? "main.mjs" : "main.cjs";

  test.each([false, true])(
    "top-level await, CommonJS packages, arguments and exit codes; minified: %s",
    async (minify) => {
      const code = await bundle(join(project(files), "main.ts"), { form, minify });
      expect(run(code, name, "a b", "--help")).toEqual({
        out: "function part string true a b,--help\n",
        err: "",
        status: 3,
      });
      expect(run(code, name, "throw")).toMatchObject({ out: "", status: 1 });
      expect(run(code, name, "throw").err).toMatch(/Error: thrown/);
      expect(run(code, name, "never")).toMatchObject({ out: "", status: 13 });
      // Node prints the line that threw.
      expect(Math.max(...code.split("\n").map((line) => line.length))).toBeLessThan(2000);
    },
  );

  test("the same in another folder, with no path of either", async () => {
    const texts: string[] = [];
    for (const place of ["here", "far/away"]) {
      const entry = join(project({ ...files, "one.bpf.c": counter("one") }, `${form}/${place}`), "main.ts");
      writeFileSync(entry, `${files["main.ts"]}import one from "./one.bpf.gen.ts"; console.log(one.name);`);
      texts.push(await bundle(entry, { form }));
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toContain(home);
    expect(texts[0]).not.toContain("node_modules");
  }, 60_000);

  test("what stays outside is found beside the file", async () => {
    const folder = project({ ...files, "main.ts": `import { kind } from "old"; console.log(kind);` });
    const code = await bundle(join(folder, "main.ts"), { form, external: ["old"] });
    // A script is of an executable, and looks beside that; here that is Node itself.
    if (form === "script") {
      expect(run(code, name).err).toMatch(/Cannot find module 'old'/);
      return;
    }
    writeFileSync(join(folder, "out.mjs"), code);
    expect(execFileSync(process.execPath, [join(folder, "out.mjs")], { encoding: "utf8" })).toBe(
      "function\n",
    );
  });
});

describe("what is refused", () => {
  test("a package that is not there, with what to install", async () => {
    const folder = project({ "main.ts": `\nimport "not-there";` });
    await expect(bundleEntry(join(folder, "main.ts"))).rejects.toMatchObject({
      code: "COMPILE",
      detail: expect.stringMatching(/^main\.ts:2:8: Could not resolve 'not-there'/),
      remedy: "npm install not-there, or --external not-there if it is to stay outside",
      diagnostics: [{ severity: "error", file: "main.ts", line: 2, column: 8 }],
    });
  });

  test("a fault in a module, with its place", async () => {
    const folder = project({ "main.ts": "let x = = 1;" });
    await expect(bundleEntry(join(folder, "main.ts"))).rejects.toMatchObject({
      code: "COMPILE",
      detail: "main.ts:1:9: Unexpected token",
    });
  });

  test("an entry that is not there, another machine's executable", async () => {
    await expect(bundleEntry(join(home, "gone.ts"))).rejects.toMatchObject({ code: "ARGUMENT" });
    expect(() => refuseOtherTarget("linux-riscv64")).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED",
        remedy: expect.stringMatching(/\.mjs runs on x64 and arm64/),
      }),
    );
    expect(() => refuseOtherTarget(`${process.platform}-${process.arch}`)).not.toThrow();
  });
});

test("the project's package comes before the one beside tsbpf", () => {
  const folder = project({});
  expect(findPeer("rolldown", folder)?.origin).toBe("tsbpf");
  expect(findPeer("no-such-package", folder)).toBeUndefined();
  cpSync(
    join(findPeer("rolldown", folder)?.folder ?? "", "package.json"),
    join(folder, "node_modules/rolldown/package.json"),
  );
  expect(findPeer("rolldown", folder)).toMatchObject({
    origin: "project",
    folder: join(folder, "node_modules/rolldown"),
    version: (JSON.parse(readFileSync("node_modules/rolldown/package.json", "utf8")) as { version: string })
      .version,
  });
});
