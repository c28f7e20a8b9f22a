// The article's acceptance test (5.3): what tsbpf bundle makes runs when the project is gone. Made in a project as users
// have it, from the packed package; run as root in a folder that is its whole file system: nothing else can be read.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chrootCommand, copyProgram } from "../chroot.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "tsbpf-bundle-"));
const project = join(home, "project");
const isRoot = process.getuid() === 0;
const bunCpu = process.arch === "arm64" ? "aarch64" : process.arch;
// The compiler is not what is tested here: the one that npm ci has brought.
const zig = join(root, `node_modules/@zigc/linux-${process.arch}/bin/zig`);
const env = { ...process.env, TSBPF_CLANG: process.env.TSBPF_CLANG ?? zig };

// What this machine sets for Node, such as certificates, is not there.
const bare = { PATH: process.env.PATH };

let passed = 0;
async function check(name, body) {
  const started = performance.now();
  const note = await body();
  passed++;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`ok ${name}${note === undefined ? "" : `: ${note}`} (${seconds} s)`);
}

const npm = (...words) =>
  execFileSync("npm", [...words, "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: project,
    stdio: ["ignore", "pipe", "inherit"],
  });

/** tsbpf of the project, run by a Node. */
function tsbpf(words, node = process.execPath) {
  const command = [join(project, "node_modules/tsbpf/lib/cli/main.js"), ...words];
  return spawnSync(node, command, { cwd: project, env, encoding: "utf8" });
}

function bundle(words, node) {
  const { status, stdout, stderr } = tsbpf(["bundle", "main.ts", "--json", ...words], node);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** How a result is started in `folder`, which holds nothing but what it is given here. */
function inFolderOfItsOwn(name, runtime) {
  const folder = join(home, "run", name);
  mkdirSync(join(folder, "tmp"), { recursive: true });
  const file = join(home, "results", name);
  if (!isRoot) {
    copyFileSync(file, join(folder, name));
    return (words) => [runtime, join(folder, name), ...words].filter((word) => word !== undefined);
  }
  if (runtime === undefined) copyProgram(folder, file, `/${name}`);
  else {
    copyProgram(folder, runtime, "/bin/node");
    copyFileSync(file, join(folder, name));
  }
  const command = runtime === undefined ? [`/${name}`] : ["/bin/node", `/${name}`];
  return (words) => chrootCommand(folder, [...command, ...words]);
}

/** Runs it until it has seen events of both objects, and then presses Ctrl-C. */
async function traceUntilInterrupted([program, ...words]) {
  const child = spawn(program, words, { env: bare, stdio: ["ignore", "pipe", "inherit"] });
  const seen = new Set();
  child.stdout.on("data", (chunk) => {
    for (const line of chunk.toString().split("\n")) seen.add(line);
  });
  const ended = new Promise((resolve) => {
    child.once("close", (status, signal) => resolve(signal ?? status));
  });
  const timer = setInterval(() => spawnSync("/bin/true"), 50);
  const deadline = Date.now() + 20_000;
  while (!(seen.has("perf") && seen.has("ring")) && Date.now() < deadline && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  clearInterval(timer);
  child.kill("SIGINT");
  return { seen, ended: await ended };
}

async function runs(name, runtime) {
  const command = inFolderOfItsOwn(name, runtime);
  const run = (words) => {
    const [program, ...rest] = command(words);
    return spawnSync(program, rest, { encoding: "utf8", cwd: "/", env: bare, timeout: 30_000 });
  };
  const plain = run(["a b", "--version"]);
  assert.deepEqual(
    [plain.stdout, plain.stderr, plain.status],
    [
      `${JSON.stringify({ words: ["a b", "--version"], programs: ["trace_execve_enter", "trace_execve_enter"] })}\n`,
      "",
      3,
    ],
  );
  const thrown = run(["throw"]);
  assert.match(thrown.stderr, /thrown/);
  assert.equal(thrown.status, 1);
  if (!isRoot) return "not loaded: that needs root";
  const { seen, ended } = await traceUntilInterrupted(command(["load"]));
  assert.ok(seen.has("perf") && seen.has("ring"), `events of both objects, found ${[...seen].join()}`);
  assert.equal(ended, 3, "Ctrl-C ends the loops, and the program by itself");
  return undefined;
}

try {
  mkdirSync(project);
  mkdirSync(join(home, "results"));
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", home], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "project", type: "module", private: true }),
  );
  copyFileSync(fileURLToPath(new URL("main.ts.txt", import.meta.url)), join(project, "main.ts"));
  for (const name of ["trace_execve", "trace_execve_ringbuf"])
    cpSync(join(root, `examples/${name}/${name}.bpf.c`), join(project, `${name}.bpf.c`));
  npm("install", join(home, JSON.parse(packed)[0].filename));

  await check("without a bundler the error says what to install", () => {
    const { status, stderr } = tsbpf(["bundle", "main.ts"]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /expected the package rolldown .* found neither\n {2}→ npm install --save-dev rolldown\n/,
    );
  });

  npm("install", "rolldown@1");
  await check("without postject and bun as well", () => {
    const [major] = process.versions.node.split(".").map(Number);
    if (major < 25) {
      const { status, stderr } = tsbpf(["bundle", "main.ts", "--exe"]);
      assert.equal(status, 1);
      assert.match(stderr, /expected the package postject .*\n {2}→ npm install --save-dev postject\n/);
    }
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(project, "node_modules/tsbpf/lib/cli/main.js"), "bundle", "main.ts", "--exe=bun"],
      { cwd: project, env: { ...env, PATH: "/usr/bin:/bin" }, encoding: "utf8" },
    );
    assert.equal(status, 1);
    assert.match(stderr, /expected bun .*\n {2}→ npm install --save-dev bun\n/);
  });

  npm(
    "install",
    "esbuild",
    "postject",
    `node26@npm:node-linux-${process.arch}@26`,
    `@oven/bun-linux-${bunCpu}@1`,
  );
  const node26 = join(project, "node_modules/node26/bin/node");
  chmodSync(node26, 0o755);
  const result = (name) => join("../results", name);

  await check("an .mjs, with what was not built before", () => {
    const { bytes, objects, bundler } = bundle(["-o", result("rolldown.mjs")]);
    assert.equal(bundler.name, "rolldown");
    assert.deepEqual(
      objects.map(({ name, status }) => [name, status]),
      [
        ["trace_execve.bpf", "built"],
        ["trace_execve_ringbuf.bpf", "built"],
      ],
    );
    return `${Math.round(bytes / 1024)} KB`;
  });
  await check("the same bytes again, and nothing of this machine in them", () => {
    bundle(["-o", result("again.mjs")]);
    const text = readFileSync(join(home, "results/rolldown.mjs"), "latin1");
    assert.ok(text === readFileSync(join(home, "results/again.mjs"), "latin1"));
    const embedded = [...text.matchAll(/[A-Za-z0-9+/]{60,}={0,2}/g)].map(([word]) =>
      Buffer.from(word, "base64").toString("latin1"),
    );
    for (const part of [text, ...embedded])
      // With what would follow: tsbpf's own code has /proc/PID/root.
      for (const place of [home, root, `${process.env.HOME}/`, "node_modules"])
        assert.ok(!part.includes(place), `${place} in the bundle`);
  });
  await check("an .mjs, minified", () => {
    const { bytes } = bundle(["--minify", "-o", result("minified.mjs")]);
    assert.ok(bytes < 480 * 1024, `${bytes} bytes`);
    return `${Math.round(bytes / 1024)} KB`;
  });
  await check(`an executable of Node ${process.versions.node}`, () => {
    const { bytes, runtime } = bundle(["--exe", "-o", result("node")]);
    assert.equal(runtime, `node ${process.versions.node}`);
    return `${Math.round(bytes / 1024 / 1024)} MB`;
  });
  await check("an executable of Node 26", () => {
    const { bytes, runtime } = bundle(["--exe", "-o", result("node26")], node26);
    assert.match(runtime, /^node 26\./);
    bundle(["--exe", "-o", result("node26-again")], node26);
    const [first, second] = ["node26", "node26-again"].map((name) =>
      readFileSync(join(home, "results", name)),
    );
    assert.ok(first.equals(second), "the same bytes again");
    return `${Math.round(bytes / 1024 / 1024)} MB`;
  });
  await check("an executable of bun", () => {
    const { bytes } = bundle(["--exe=bun", "-o", result("bun")]);
    return `${Math.round(bytes / 1024 / 1024)} MB`;
  });
  await check("an .mjs and an executable with esbuild", () => {
    rmSync(join(project, "node_modules/rolldown"), { recursive: true });
    const { bytes, bundler } = bundle(["-o", result("esbuild.mjs")]);
    assert.equal(bundler.name, "esbuild");
    bundle(["--exe", "--minify", "-o", result("esbuild")], node26);
    return `${Math.round(bytes / 1024)} KB`;
  });

  copyFileSync(node26, join(home, "node26"));
  chmodSync(join(home, "node26"), 0o755);
  rmSync(project, { recursive: true, force: true });
  console.log(`${project} is gone${isRoot ? "" : "; not in folders of their own: that needs root"}`);

  for (const name of ["rolldown.mjs", "minified.mjs", "esbuild.mjs"])
    await check(`${name} runs with Node ${process.versions.node}`, () => runs(name, process.execPath));
  await check("rolldown.mjs runs with Node 26", () => {
    copyFileSync(join(home, "results/rolldown.mjs"), join(home, "results/rolldown26.mjs"));
    return runs("rolldown26.mjs", join(home, "node26"));
  });
  for (const name of ["node", "node26", "bun", "esbuild"])
    await check(`the executable ${name} runs`, () => runs(name));
  console.log(`${passed} passed, 0 failed`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
