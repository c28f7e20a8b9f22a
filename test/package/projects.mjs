// What `npm create tsbpf` and `tsbpf init` make, built and run as their users do: node test/package/projects.mjs [TEMPLATE…].
// As root. TSBPF_NODE26 names a newer Node, which runs the TypeScript as it is; it is installed from npm otherwise.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const base = mkdtempSync(join(tmpdir(), "tsbpf-projects-"));
const kprobes = existsSync("/sys/bus/event_source/devices/kprobe/type");
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
const quietly = (command, args) => spawn(command, args, { stdio: "ignore" });

/** For each template what happens in the machine, and the line that it then prints. */
const templates = {
  ringbuf: [
    () => quietly("/usr/bin/env", ["true"]),
    /^\d+ \(child of \d+, user 0\) executes \/usr\/bin\/env$/m,
  ],
  tracepoint: [() => quietly("/usr/bin/env", ["true"]), /^(.+, )?node \d+/m],
  kprobe: kprobes ? [() => connect(), /^node \(\d+\) connects to 127\.0\.0\.1:\d+$/m] : [undefined, /kprobe/],
  uprobe: [() => quietly("getent", ["ahosts", "localhost"]), /^getent \(\d+\) looks up localhost$/m],
  usdt: [undefined, /^\d+: request \d+ for \/\S* took 10\d µs$/m],
  xdp: [() => connect(), /TCP \d+/],
};

function connect() {
  const server = createServer((socket) => socket.end());
  server.listen(0, "127.0.0.1", () =>
    createConnection(server.address().port, "127.0.0.1").on("close", () => server.close()),
  );
}

/** Starts a program in a process group, does `act` twice a second until it printed `line`, then Ctrl-C. */
async function expectLine(command, args, cwd, act, line) {
  const child = spawn(command, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const killGroup = (signal) => process.kill(-Number(child.pid), signal);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  const ended = new Promise((resolve) => child.on("close", (status, signal) => resolve(signal ?? status)));
  const found = (async () => {
    for (let turn = 0; turn < 80; turn++) {
      if (line.test(text)) return true;
      act?.();
      await sleep(500);
    }
    return false;
  })();
  const first = await Promise.race([found, ended]);
  if (first === true) killGroup("SIGINT");
  const status = await Promise.race([ended, sleep(10_000, "no end after Ctrl-C")]);
  if (status === "no end after Ctrl-C") killGroup("SIGKILL");
  assert.match(text, line, `${command} ${args.join(" ")} ended with ${first}:\n${text}`);
  return status;
}

let passed = 0;
const check = async (name, body) => {
  await body();
  passed++;
  console.log(`ok ${name}`);
};

try {
  const pack = (folder) =>
    JSON.parse(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", base], folder))[0]
      .filename;
  const tarball = join(base, pack(root));
  const creator = join(base, pack(join(root, "create-tsbpf")));
  const home = join(base, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), '{ "private": true }');
  run("npm", ["install", "--no-audit", "--no-fund", tarball, creator], home);
  const wanted = process.argv.slice(2);
  const names = Object.keys(templates).filter((name) => wanted.length === 0 || wanted.includes(name));
  const node26 = process.env.TSBPF_NODE26 ?? installNode26();
  let modules;

  for (const name of names) {
    const [act, line] = templates[name];
    const project = join(base, name);
    run("npx", ["create-tsbpf", project, "--template", name], home);
    if (modules === undefined) {
      // One installation for all of them: only the first one's takes its time.
      modules = join(project, "node_modules");
      run("npm", ["install", "--no-audit", "--no-fund", tarball], project);
    } else symlinkSync(modules, join(project, "node_modules"));
    const app = name === "usdt" ? await startApp(project) : undefined;
    try {
      await check(`${name}: npm start builds it and shows what happens`, async () => {
        await expectLine("npm", ["start"], project, act, line);
      });
      if (name === "kprobe" && !kprobes) continue;
      await check(
        `${name}: Ctrl-C ends it with status 0, on the newest Node without a build, too`,
        async () => {
          assert.equal(await expectLine("node", ["dist/main.js"], project, act, line), 0);
          assert.equal(await expectLine(node26, ["src/main.ts"], project, act, line), 0);
        },
      );
    } finally {
      app?.kill("SIGKILL");
    }
    await check(`${name}: editors find how the C is compiled`, () => {
      const [entry] = JSON.parse(readFileSync(join(project, "compile_commands.json"), "utf8"));
      assert.equal(entry.directory, project);
      run("clang-14", [...entry.arguments.slice(1), "-fsyntax-only"], project);
    });
  }
  await check("each command on the newest Node", () => {
    const [name] = names;
    const project = join(base, name);
    const cli = join(project, "node_modules/tsbpf/lib/cli/main.js");
    const tsbpf = (...words) => run(node26, [cli, ...words], project);
    const json = (...words) => JSON.parse(tsbpf(...words, "--json"));
    const built = json("build", "--force", "--explain");
    assert.equal(built.status, "built");
    assert.ok(built.explanation.includes.length > 0);
    assert.equal(json("build").status, "fresh");
    assert.ok(json("inspect", built.files[0]).programs.length > 0);
    assert.ok(json("vmlinux").types > 10_000);
    assert.ok(json("doctor").checks.length > 20);
    assert.ok(tsbpf("versions", "6.1", "--json").includes("1.1"));
    assert.match(tsbpf("completion", "bash"), /complete .*tsbpf/);
    tsbpf("run", built.source, "--json", "--for", "1s");
    assert.equal(json("init", join(base, "on-newest-node")).template, "ringbuf");
  });
  console.log(`${passed} passed, 0 failed`);
} finally {
  rmSync(base, { recursive: true, force: true });
}

async function startApp(project) {
  const app = spawn("npm", ["run", "app"], { cwd: project, stdio: "ignore" });
  for (let turn = 0; turn < 120 && !existsSync(join(project, "build/app")); turn++) await sleep(500);
  return app;
}

function installNode26() {
  const spec = `node26@npm:node-linux-${process.arch}@26`;
  const options = [
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--no-save",
    "--prefix",
    join(base, "node26"),
  ];
  run("npm", ["install", ...options, spec], base);
  const binary = join(base, "node26/node_modules/node26/bin/node");
  execFileSync("chmod", ["755", binary]);
  return binary;
}
