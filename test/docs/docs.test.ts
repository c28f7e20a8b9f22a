// The documentation tells the truth as far as it can be checked without root: its TypeScript compiles against the public
// API, its command lines parse, its links lead somewhere, its tables are complete. test/kernel/docs.test.ts runs it.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { commandHelp, parseCommandLine, type Command } from "../../src/cli/command.ts";
import { buildCommand } from "../../src/cli/build.ts";
import { completionCommand } from "../../src/cli/completion/index.ts";
import { doctorCommand } from "../../src/cli/doctor/index.ts";
import { bundleCommand } from "../../src/cli/bundle.ts";
import { inspectCommand } from "../../src/cli/inspect/index.ts";
import { initCommand } from "../../src/cli/init.ts";
import { runCommand } from "../../src/cli/run/index.ts";
import { versionsCommand } from "../../src/cli/versions/index.ts";
import { vmlinuxCommand } from "../../src/cli/vmlinux.ts";
import { usdtCommand } from "../../src/cli/usdt/index.ts";
import { ErrorCode } from "../../src/errors.ts";
import { generateModule } from "../../src/program/codegen/index.ts";
import { readObject } from "../../src/program/spec/index.ts";
import { compileForTests } from "../toolchain/compile-for-tests.ts";
import { cSources, documents, matchesOutput, programsOf, readBlocks } from "./blocks.ts";

const root = new URL("../../", import.meta.url);
const repository = fileURLToPath(root);
const commands: Readonly<Record<string, Command>> = {
  init: initCommand,
  run: runCommand,
  build: buildCommand,
  bundle: bundleCommand,
  inspect: inspectCommand,
  doctor: doctorCommand,
  versions: versionsCommand,
  completion: completionCommand(() => Promise.resolve([])),
  vmlinux: vmlinuxCommand,
  usdt: usdtCommand,
};
const texts = [...documents(root), "README.zh-CN.md"];

describe("TypeScript in the documents", () => {
  const base = mkdtempSync(join(tmpdir(), "tsbpf-docs-types-"));
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  // Types come from the kernel's BTF through vmlinux.h: without it there is nothing to compile the programs with.
  it.skipIf(!existsSync("/sys/kernel/btf/vmlinux"))(
    "compiles against the public API",
    { timeout: 120_000 },
    async () => {
      const files: string[] = [];
      for (const document of documents(root)) {
        const blocks = readBlocks(root, document);
        const programs = programsOf(document, blocks, "ts");
        if (programs.length === 0) continue;
        const folder = join(base, document.replaceAll(/\W/g, "-"));
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
        const examples = readdirSync(new URL("examples/", root), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => join(repository, "examples", name, `${name}.bpf.c`))
          .filter((source) => programs.some(({ code }) => code.includes(nameOf(source))));
        for (const source of examples) await generate(source, folder);
        for (const [name, text] of cSources(blocks)) {
          writeFileSync(join(folder, name), text);
          await generate(join(folder, name), folder);
        }
        for (const { line, code } of programs) {
          const file = join(folder, `line-${line}.ts`);
          writeFileSync(file, `${code}export {};\n`);
          files.push(file);
        }
      }
      expect(files.length).toBeGreaterThan(20);
      expect(typeErrors(files)).toEqual([]);
    },
  );
});

function nameOf(source: string): string {
  return source.replace(/^.*\//, "").replace(/\.bpf\.c$/, ".bpf.gen.ts");
}

async function generate(source: string, folder: string): Promise<void> {
  const { object } = await compileForTests(source);
  const name = nameOf(source);
  const module = generateModule(readObject(object, { name }), { object });
  // The bytes do not matter for types, and 20 KB of base64 in each module take time.
  writeFileSync(join(folder, name), module.replaceAll(/^ {4}"[A-Za-z0-9+/=]+",\n/gm, ""));
}

/** What tsc says about the files under the repository's own, strict settings. */
function typeErrors(files: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(repository, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const parsed = ts.parseJsonConfigFileContent(
    { ...(config as object), include: [], files },
    ts.sys,
    repository,
  );
  const program = ts.createProgram([...files], {
    ...parsed.options,
    typeRoots: [join(repository, "node_modules/@types")],
    paths: {
      tsbpf: [join(repository, "src/index.ts")],
      "tsbpf/config": [join(repository, "src/config.ts")],
      "tsbpf/testing": [join(repository, "src/testing/index.ts")],
    },
  });
  const own = new Set(files);
  return ts.getPreEmitDiagnostics(program).flatMap((diagnostic) => {
    const { file, start = 0 } = diagnostic;
    if (file !== undefined && !own.has(file.fileName)) return [];
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return [`${file?.fileName.split("/").at(-2) ?? ""}:${line}: ${text}`];
  });
}

describe("command lines in the documents", () => {
  const lines = texts.flatMap((document) =>
    readBlocks(root, document)
      .filter(({ language }) => language === "sh" || language === "bash")
      .flatMap(({ code, line }) =>
        code.split("\n").map((text, index) => ({ document, line: line + index, text })),
      )
      .filter(({ text }) => /(^|\s)tsbpf /.test(text)),
  );

  it("are there", () => expect(lines.length).toBeGreaterThan(8));

  it.each(lines.filter(({ text }) => !text.includes("||")))("$document:$line $text", ({ text }) => {
    const [name = "", ...words] = text
      .replace(/^.*?\btsbpf /, "")
      .replace(/\s+[#|&;>].*$/, "")
      .split(/\s+/);
    if (name.startsWith("--")) return expect(["--help", "--version"]).toContain(name);
    const command = commands[name];
    if (command === undefined) return expect(Object.keys(commands)).toContain(name);
    const { positionals } = parseCommandLine(command, words);
    if (command.usage.startsWith("[")) return; // Without a file it is about the whole project.
    expect(positionals.length).toBeGreaterThan(0);
  });
});

describe("links", () => {
  const links = texts.flatMap((document) =>
    [...readFileSync(new URL(document, root), "utf8").matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => ({ document, target }))
      .filter(({ target }) => !/^[a-z]+:/.test(target)),
  );

  it.each(links)("$document: $target", ({ document, target }) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? new URL(document, root) : new URL(path, new URL(document, root));
    expect(existsSync(file), `${document} links to ${target}`).toBe(true);
    if (anchor === undefined) return;
    const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(headings).toContain(anchor);
  });
});

describe("completeness", () => {
  const text = (document: string): string => readFileSync(new URL(document, root), "utf8");

  it("every error code has its section in docs/errors.md", () => {
    const sections = readBlocks(root, "docs/errors.md").map(({ section }) => section);
    expect(Object.keys(ErrorCode).filter((code) => !sections.includes(code))).toEqual([]);
  });

  it("every option of the command line is in docs/cli.md", () => {
    const cli = text("docs/cli.md");
    const missing = Object.values(commands).flatMap((command) =>
      Object.entries(command.options)
        .map(([name, option]) => (option.short === undefined ? `--${name}` : `-${option.short}`))
        .filter((option) => !cli.includes(option)),
    );
    expect(missing).toEqual([]);
    expect(commandHelp(runCommand)).toContain("--json");
  });

  it("every load option is in docs/opening.md", () => {
    const source = text("src/kernel/object/load-options.ts");
    const settings = /export interface LoadSettings[\s\S]*?\n}/.exec(source)?.[0] ?? "";
    const names = [...settings.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(5);
    const opening = text("docs/opening.md");
    expect(names.filter((name) => !opening.includes(`\`${name}\``))).toEqual([]);
  });

  it("docs/architecture.md shows the rooms of each floor, every one once, and no other", () => {
    const tree = /src\/\n([\s\S]*?)\n```/.exec(text("docs/architecture.md"))?.[1] ?? "";
    for (const floor of ["format", "program", "kernel", "toolchain", "cli"]) {
      const [, shown = ""] = new RegExp(`^  ${floor}/.*\\n((?:    .*\\n)*)`, "m").exec(`${tree}\n`) ?? [];
      const rooms = readdirSync(new URL(`src/${floor}/`, root), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
      expect([...shown.matchAll(/^ {4}(\w+)\//gm)].map(([, name]) => name).sort(), floor).toEqual(
        rooms.sort(),
      );
    }
  });
});

describe("README in two languages", () => {
  it("has the same code blocks", () => {
    const [english, chinese] = ["README.md", "README.zh-CN.md"].map((document) =>
      readBlocks(root, document).map(({ language, words, code }) => ({ language, words, code })),
    );
    expect(chinese).toEqual(english);
  });

  it("has the same links, apart from the one to the other", () => {
    const [english, chinese] = ["README.md", "README.zh-CN.md"].map((document) =>
      [...readFileSync(new URL(document, root), "utf8").matchAll(/\]\(([^)]+)\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !target.startsWith("README")),
    );
    expect(chinese).toEqual(english);
  });
});

describe("the comparison of outputs", () => {
  it.each([
    ["a b", "a b\n", true],
    ["a …", "a anything\n", true],
    ["a …", "b anything\n", false],
    ["first\n…\nlast", "first\nlast\n", true],
    ["first\n…\nlast", "first\nx\ny\nlast\n", true],
    ["first\n…\nlast", "first\nx\n", false],
    ["a (b)?", "a (b)?\n", true],
    ["a", "a\nmore\n", false],
  ])("%j against %j: %s", (shown, printed, expected) => {
    expect(matchesOutput(shown, printed)).toBe(expected);
  });
});
