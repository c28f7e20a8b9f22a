// `import trace from "./trace.bpf.c"` as users have it: the packed package in a project of its own, built by every bundler
// and imported through tsbpf/register; what comes out traces this machine. As root on Linux.
// `node test/package/bundlers/run.mjs [NAME…]`; $TSBPF_BUNDLERS names a folder that keeps what was installed.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const kept = process.env.TSBPF_BUNDLERS;
const project = kept ?? mkdtempSync(join(tmpdir(), "tsbpf-bundlers-"));
mkdirSync(project, { recursive: true });
const cpu = process.arch;
const bunCpu = cpu === "arm64" ? "aarch64" : cpu;
const bundlers = ["vite@8", "rollup@4", "rolldown@1", "esbuild@0.28", "webpack@5", "@rspack/core@2"];
const runtimes = [
  `node20@npm:node-linux-${cpu}@20`,
  `node26@npm:node-linux-${cpu}@26`,
  `@oven/bun-linux-${bunCpu}@1`,
];
const node = (major) => join(project, `node_modules/node${major}/bin/node`);
const bun = join(project, `node_modules/@oven/bun-linux-${bunCpu}/bin/bun`);

let passed = 0;
let broken = 0;
const wanted = process.argv.slice(2);
async function check(name, body) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) return;
  const started = performance.now();
  try {
    await body();
    passed++;
    console.log(`ok ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    broken++;
    console.log(`BROKEN ${name}\n${error.message.split("\n").slice(0, 30).join("\n")}`);
  }
}

const run = (command, ...args) =>
  execFileSync(command, args, { cwd: project, encoding: "utf8", stdio: "pipe", timeout: 60_000 });

const npm = (...words) =>
  execFileSync("npm", [...words, "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: project,
    stdio: "pipe",
  });

/** What a command that must fail says. */
function refused(command, ...args) {
  try {
    run(command, ...args);
  } catch (error) {
    return `${error.stdout}${error.stderr}`;
  }
  throw new Error(`${[command, ...args].join(" ")}: expected a refusal, found success`);
}

const traced = "trace_execve bigint\n";
const object = join(project, ".tsbpf/objects/x86/trace.bpf.o").replace(
  "x86",
  cpu === "arm64" ? "arm64" : "x86",
);

/** What is imported, whole again: tests break it. */
function writeProject() {
  writeFileSync(join(project, "tsbpf.config.json"), '{ "include": ["headers"] }\n');
  mkdirSync(join(project, "headers"), { recursive: true });
  writeFileSync(join(project, "headers/extra.h"), "#define EXTRA 1\n");
  const source = readFileSync(join(root, "examples/trace_execve_ringbuf/trace_execve_ringbuf.bpf.c"), "utf8");
  writeFileSync(join(project, "trace.bpf.c"), `${source}\n#include <extra.h>\nint extra = EXTRA;\n`);
  writeFileSync(join(project, "bad.bpf.c"), "int wrong(void)\n{\n  return missing;\n}\n");
  writeFileSync(join(project, "bad.mjs"), 'import "./bad.bpf.c";\n');
  for (const file of ["main.mjs", "watched.mjs", "builds.mjs"]) {
    cpSync(new URL(file, import.meta.url), join(project, file));
  }
}

function install() {
  const packed = JSON.parse(
    execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", project], { cwd: root }),
  );
  const tarball = join(project, packed[0].filename);
  if (existsSync(join(project, "package.json"))) {
    npm("uninstall", "tsbpf", "unplugin");
    npm("install", tarball);
  } else {
    writeFileSync(join(project, "package.json"), '{ "type": "module", "private": true }\n');
    npm("install", tarball, ...bundlers, ...runtimes);
    for (const program of [node(20), node(26), bun]) chmodSync(program, 0o755);
  }
  writeProject();
}

/** Builds what `watch` watches, changes the header, and waits for the second result to say so. */
async function rebuildsOnHeader(name) {
  const child = spawn(process.execPath, ["builds.mjs", name, "watch"], {
    cwd: project,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const timer = setTimeout(() => child.kill(), 60_000);
  let text = "";
  let changed = false;
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += chunk;
    if (!changed && text.includes("extra = 1\n")) {
      changed = true;
      writeFileSync(join(project, "headers/extra.h"), "#define EXTRA 2\n");
    }
    if (text.includes("extra = 2\n")) break;
  }
  clearTimeout(timer);
  child.kill();
  writeFileSync(join(project, "headers/extra.h"), "#define EXTRA 1\n");
  assert.match(text, /extra = 1\n[^]*extra = 2\n/);
}

try {
  install();

  await check("without unplugin a plugin says what to install", () => {
    for (const name of ["vite", "webpack"])
      assert.match(refused("node", "builds.mjs", name), /npm install --save-dev unplugin/);
  });
  npm("install", "unplugin@3");

  for (const name of ["vite", "rollup", "rolldown", "esbuild", "webpack", "rspack"]) {
    await check(name, () => {
      run("node", "builds.mjs", name);
      assert.equal(run("node", `out/${name}.mjs`), traced);
    });
  }
  await check("bun build", () => {
    run(bun, "builds.mjs", "bun");
    assert.equal(run(bun, "out/bun.mjs"), traced);
  });

  await check("plugins show what the compiler said, where it said it", () => {
    for (const name of ["vite", "rollup", "esbuild", "webpack", "rspack"]) {
      const said = refused("node", "builds.mjs", name, "bad");
      assert.match(said, /bad\.bpf\.c:3:10: error: use of undeclared identifier 'missing'/, name);
      assert.match(said, / {2}return missing;/, name);
    }
  });
  await check("an unknown option of a plugin is refused with the nearest one", () => {
    assert.match(
      refused("node", "builds.mjs", "rollup", "misspelt"),
      /unknown key "defin".*did you mean "define"\?/,
    );
  });
  for (const name of ["vite", "rollup", "webpack"]) {
    await check(`a changed header is a new build: ${name}`, () => rebuildsOnHeader(name));
  }

  for (const { name, program, flag } of [
    { name: "node 20", program: node(20), flag: "--import" },
    { name: "node 26", program: node(26), flag: "--import" },
    { name: "bun", program: bun, flag: "--preload" },
  ]) {
    await check(`register: ${name}`, () => {
      assert.equal(run(program, flag, "tsbpf/register", "main.mjs"), traced);
      const { mtimeMs } = statSync(object);
      assert.equal(run(program, flag, "tsbpf/register", "main.mjs"), traced);
      assert.equal(statSync(object).mtimeMs, mtimeMs, "compiled again");
      const said = refused(program, flag, "tsbpf/register", "bad.mjs");
      assert.match(said, /bad\.bpf\.c:3:10: error: use of undeclared identifier 'missing'/);
      assert.doesNotMatch(said, /node_modules\/tsbpf\/lib\/core/);
    });
  }
  await check("register: require() of a source, in Node 26", () => {
    writeFileSync(join(project, "main.cjs"), 'console.log(require("./trace.bpf.c").default.name);\n');
    assert.equal(run(node(26), "--import", "tsbpf/register", "main.cjs"), "trace.bpf.o\n");
  });
  await check("register: a refusal is an error with its code", () => {
    const text = 'import("./bad.bpf.c").catch((error) => console.log(error.code, error.loc.line));\n';
    writeFileSync(join(project, "caught.mjs"), text);
    for (const major of [20, 26])
      assert.equal(run(node(major), "--import", "tsbpf/register", "caught.mjs"), "COMPILE 3\n");
  });

  console.log(`${passed} passed, ${broken} failed`);
} finally {
  if (kept === undefined) rmSync(project, { recursive: true, force: true });
}
process.exit(broken === 0 ? 0 : 1);
