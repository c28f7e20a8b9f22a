// Runs the code of the documentation: blocks marked `run`, and compares what they print with what is shown.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import {
  cSources,
  documents,
  matchesOutput,
  programsOf,
  readBlocks,
  type DocumentedProgram,
} from "../docs/blocks.js";
import { root } from "./sys-door.js";

const repository = fileURLToPath(root);
const tsbpf = join(repository, "dist/cli/main.js");
const base = mkdtempSync(join(tmpdir(), "tsbpf-docs-"));
after(() => rmSync(base, { recursive: true, force: true }));

// The package as a reader has it installed, made of what the other kernel tests run, too: dist.
const installed = join(base, "node_modules/tsbpf");
mkdirSync(installed, { recursive: true });
symlinkSync(join(repository, "dist"), join(installed, "dist"));
const exported = {
  ".": "./dist/index.js",
  "./config": "./dist/config.js",
  "./register": "./dist/toolchain/register/index.js",
  "./testing": "./dist/testing/index.js",
};
writeFileSync(
  join(installed, "package.json"),
  JSON.stringify({ name: "tsbpf", type: "module", exports: exported }),
);
// What is to be traced is compiled by the documents themselves.
const folders = readdirSync(join(repository, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const examples = folders
  .map((name) => ({ name, source: `${name}.bpf.c` }))
  .filter(({ name, source }) => existsSync(join(repository, "examples", name, source)));
const shared = makeFolder("shared");
build(
  shared,
  examples.map(({ name, source }) => join(repository, "examples", name, source)),
);

for (const document of documents(root)) {
  const blocks = readBlocks(root, document);
  const programs = [...programsOf(document, blocks, "ts"), ...programsOf(document, blocks, "sh")].filter(
    ({ run }) => run,
  );
  if (programs.length === 0) continue;
  describe(document, () => {
    const folder = prepare(document, cSources(blocks));
    for (const program of programs) {
      it(`${program.section || "top"} (line ${program.line})`, async () => {
        const { status, stdout, stderr } = await execute(folder, program);
        assert.equal(status, 0, `${document}:${program.line}: exit status ${status}\n${stdout}${stderr}`);
        if (program.output === undefined) return;
        if (!matchesOutput(program.output, stdout))
          assert.equal(stdout, program.output, "the output is not what the document shows");
      });
    }
  });
}

function makeFolder(name: string): string {
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A folder as a reader would have it: the document's BPF programs, the examples, and modules made from both. */
function prepare(document: string, sources: ReadonlyMap<string, string>): string {
  const folder = makeFolder(document.replaceAll(/\W/g, "-"));
  for (const name of readdirSync(shared)) copyFileSync(join(shared, name), join(folder, name));
  for (const name of folders) {
    mkdirSync(join(folder, "examples", name), { recursive: true });
    for (const source of readdirSync(join(repository, "examples", name))) {
      if (!source.endsWith(".c")) continue;
      copyFileSync(join(repository, "examples", name, source), join(folder, "examples", name, source));
    }
  }
  symlinkSync(join(repository, "include"), join(folder, "include"));
  for (const [name, text] of sources) writeFileSync(join(folder, name), text);
  if (sources.size > 0) build(folder, [...sources.keys()]);
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".gen.ts"))) {
    writeFileSync(
      join(folder, name.replace(/ts$/, "js")),
      javaScript(readFileSync(join(folder, name), "utf8")),
    );
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return folder;
}

function build(folder: string, sources: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [tsbpf, "build", "-o", folder, ...sources], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
}

/** Node 20 does not run TypeScript; lines stay where they are. */
function javaScript(text: string): string {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

function execute(
  folder: string,
  program: DocumentedProgram,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const isShell = program.language === "sh";
  const file = join(folder, `line-${program.line}.${isShell ? "sh" : "js"}`);
  const shims = `npx() { "$@"; }\ntsbpf() { ${JSON.stringify(process.execPath)} ${JSON.stringify(tsbpf)} "$@"; }\n`;
  writeFileSync(file, isShell ? `set -e\nexec 2>&1\n${shims}${program.code}` : javaScript(program.code));
  return new Promise((resolve) => {
    const child = spawn(isShell ? "bash" : process.execPath, [file], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
    const interrupt = program.interrupt ? setTimeout(() => child.kill("SIGINT"), 2000) : undefined;
    // A document's code ends within seconds; without a limit a wrong one would hang the whole run.
    const limit = setTimeout(() => child.kill("SIGKILL"), 30_000);
    child.once("close", (status) => {
      clearTimeout(interrupt);
      clearTimeout(limit);
      resolve({ status, stdout, stderr });
    });
  });
}
