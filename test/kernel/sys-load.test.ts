import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { built, countFds, sys } from "./sys-door.js";

function child(script: string, env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []) {
  return spawnSync(process.execPath, [...flags, "--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

const addonUrl = JSON.stringify(built("kernel/sys/native-addon.js"));

test("import loads nothing; the first kernel does, and leaves no file and no fd", () => {
  const { stdout, stderr } = child(`
    import { readFileSync, readdirSync } from "node:fs";
    const { nativeKernel } = await import(${JSON.stringify(built("kernel/sys/index.js"))});
    const images = () => readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => line.includes("(deleted)")).length;
    const before = [images() > 0, readdirSync("/proc/self/fd").length];
    const kernel = nativeKernel();
    console.log(JSON.stringify([before, [images() > 0, readdirSync("/proc/self/fd").length], kernel.syscall("getpid", []) === process.pid]));`);
  const [before, after, works] = JSON.parse(stdout || "[]");
  assert.equal(before?.[0], false, stderr);
  assert.deepEqual(after, [true, before[1]]);
  assert.equal(works, true);
  assert.deepEqual(
    readdirSync("/dev/shm").filter((name) => name.startsWith("tsbpf")),
    [],
  );
});

test("many kernels in one thread and one in each worker", async () => {
  const fds = countFds();
  for (let i = 0; i < 50; i++) assert.equal(sys.nativeKernel().syscall("getpid", []), process.pid);
  const code = `import(${JSON.stringify(built("kernel/sys/index.js"))}).then(({ nativeKernel }) =>
    require("node:worker_threads").parentPort.postMessage([nativeKernel(), nativeKernel()].map((k) => k.syscall("getpid", []))));`;
  const answers = await Promise.all(
    Array.from(
      { length: 4 },
      () =>
        new Promise((resolve, reject) => {
          let result: unknown;
          new Worker(code, { eval: true })
            .once("message", (answer) => (result = answer))
            .once("exit", () => resolve(result))
            .once("error", reject);
        }),
    ),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 4 }, () => [process.pid, process.pid]),
  );
  assert.equal(countFds(), fds);
});

test("on another system: a NATIVE error that says what still works", () => {
  for (const [field, value] of [
    ["platform", "darwin"],
    ["arch", "riscv64"],
  ]) {
    const { stdout, stderr } = child(`
      Object.defineProperty(process, "${field}", { value: "${value}" });
      const { loadAddon } = await import(${addonUrl});
      try { loadAddon(); } catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message, solutions: error.solutions })); }`);
    const error = JSON.parse(stdout || "{}");
    assert.equal(error.code, "NATIVE", stderr);
    assert.match(error.message, new RegExp(value ?? ""));
    assert.match(error.solutions[0], /inspecting/);
  }
});

test("where no directory serves: every step is listed, with its answer", () => {
  const { stdout, stderr } = child(
    `
    process.dlopen = () => { throw new Error("failed to map segment from shared object"); };
    const { loadAddon } = await import(${addonUrl});
    try { loadAddon(); } catch (error) { console.log(JSON.stringify({ code: error.code, tried: error.tried, solutions: error.solutions })); }`,
    { TMPDIR: "/nonexistent" },
  );
  const error = JSON.parse(stdout || "{}");
  assert.equal(error.code, "NATIVE", stderr);
  assert.equal(error.tried.length, 6);
  for (const place of ["/dev/shm", "/tmp", "/nonexistent"]) {
    assert.equal(error.tried.filter((line: string) => line.includes(` ${place}: `)).length, 2);
  }
  assert.match(error.tried.join(), /failed to map segment/);
  assert.match(error.tried.join(), /ENOENT/);
  assert.match(error.solutions.join(), /noexec/);
});

test("a noexec directory is passed over", () => {
  const { stdout, stderr } = child(`
    const real = process.dlopen;
    let calls = 0;
    process.dlopen = (...args) => { if (calls++ === 0) throw new Error("noexec"); return real.apply(process, args); };
    const { nativeKernel } = await import(${JSON.stringify(built("kernel/sys/index.js"))});
    console.log(nativeKernel().syscall("getpid", []) === process.pid, calls);`);
  assert.equal(stdout, "true 2\n", stderr);
});
