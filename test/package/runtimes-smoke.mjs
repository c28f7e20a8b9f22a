// Runs inside each runtime: the built addon loads, calls, maps, waits and works off the thread, also in a worker.
// argv: the URL of dist/ and, in the worker, nothing else. Prints one line of JSON.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const dist = isMainThread ? process.argv[2] : workerData;
const { nativeKernel } = await import(new URL("kernel/sys/index.js", dist).href);
const { loadAddon } = await import(new URL("kernel/sys/native-addon.js", dist).href);

const started = performance.now();
const kernel = nativeKernel();
const loading = performance.now() - started;
const addon = loadAddon();
const arm = process.arch === "arm64";
const [read, write, pipe2, readv] = arm ? [63, 64, 59, 65] : [0, 1, 293, 19];
const text = new TextEncoder();

function pipe() {
  const fds = new Int32Array(2);
  assert.equal(addon.syscall(pipe2, 2, new Uint8Array(fds.buffer), 0o2000000), 0);
  return fds;
}

assert.equal(kernel.syscall("getpid", []), process.pid);

// References: written for the call, zero after it.
const [from, to] = pipe();
assert.equal(addon.syscall(write, 3, to, text.encode("hello"), 5), 5);
const [vector, target] = [new Uint8Array(16), new Uint8Array(5)];
vector[8] = 5;
assert.equal(addon.syscall(readv, 3, from, vector, 1, 1, 0, target), 5);
assert.deepEqual(target, text.encode("hello"));
assert.deepEqual([...vector.subarray(0, 8)], [0, 0, 0, 0, 0, 0, 0, 0]);

// What is wrong throws, in every engine.
const gone = new Uint8Array(8);
structuredClone(gone.buffer, { transfer: [gone.buffer] });
for (const bad of [
  undefined,
  null,
  "x",
  {},
  [],
  new Uint16Array(4),
  new ArrayBuffer(8),
  0.5,
  NaN,
  2n ** 64n,
  () => 1,
]) {
  assert.throws(() => addon.syscall(read, 3, from, bad, 8), /expected/);
}
for (const bad of [
  [],
  [1],
  ["x", 0],
  [read, 9],
  [0x10000, 0],
  [read, 1, gone, 0, 0, target],
  [read, 1, vector, 0, 9, target],
]) {
  assert.throws(() => addon.syscall(...bad), /expected/);
}

// Mappings.
const memory = kernel.syscall("memfd_create", [text.encode("tsbpf\0"), 1]);
addon.syscall(arm ? 46 : 77, 2, memory, 8192);
const [writable, readable] = [kernel.mmap(memory, 8192, 3, 0), kernel.mmap(memory, 4096, 1, 4096)];
new Uint8Array(writable)[4096] = 42;
assert.equal(new Uint8Array(readable)[0], 42);
kernel.storeRelease(writable, 4104, -2, 7);
assert.equal(kernel.loadAcquire(readable, 8), -2);
assert.throws(() => kernel.storeRelease(readable, 0, 0, 0), /writable/);
try {
  structuredClone(writable, { transfer: [writable] });
} catch {
  // Node refuses; elsewhere the bytes move and the pages stay until the new owner goes.
}
for (let i = 0; i < 3; i++) kernel.munmap(readable);
assert.equal(readable.byteLength, 0);
for (let i = 0; i < 1000; i++) kernel.munmap(kernel.mmap(memory, 4096, 3, 0));

// Off the thread.
let turns = 0;
const ticks = setInterval(() => {
  turns += 1;
  if (turns === 3) addon.syscall(write, 3, to, text.encode("late"), 4);
}, 1);
const late = new Uint8Array(4);
assert.equal(await addon.syscallAsync(read, 3, from, late, 4), 4);
clearInterval(ticks);
assert.deepEqual(late, text.encode("late"));

// Waiting: level-triggered, stopped from inside, started again.
async function waits(count) {
  let calls = 0;
  addon.syscall(write, 3, to, text.encode("x"), 1);
  await new Promise((resolve) => {
    const watch = kernel.watch(from, () => {
      calls += 1;
      if (calls < count) return;
      watch.stop();
      addon.syscall(read, 3, from, new Uint8Array(1), 1);
      resolve();
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(calls, count);
}
await waits(1);
await waits(20);
for (let i = 0; i < 100; i++) kernel.watch(from, () => {}).stop();

let uncaught = "";
const onUncaught = (error) => (uncaught = error.message);
if (isMainThread) {
  process.on("uncaughtException", onUncaught);
  addon.syscall(write, 3, to, text.encode("x"), 1);
  const throwing = kernel.watch(from, () => {
    throwing.stop();
    throw new Error("from a watch");
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("uncaughtException", onUncaught);
  addon.syscall(read, 3, from, new Uint8Array(1), 1);
  assert.equal(uncaught, "from a watch");
}

if (!isMainThread) {
  // Left running: the worker is terminated under them.
  kernel.watch(from, () => {});
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort, not a window
  parentPort.postMessage("ready");
} else {
  const count = (what) => readdirSync(`/proc/self/${what}`).length;
  const round = async () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: dist });
    await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    await worker.terminate();
  };
  await round();
  const fds = count("fd");
  for (let i = 0; i < 3; i++) await round();
  await new Promise((resolve) => setTimeout(resolve, 100));
  // A round leaves its own two pipe ends and its memfd: the worker never closes them. A watch would add two more.
  const left = (count("fd") - fds) / 3;
  assert.ok(left <= 3, `${left} fds left by each worker`);

  const time = (body) => {
    for (let i = 0; i < 20_000; i++) body();
    const before = performance.now();
    for (let i = 0; i < 200_000; i++) body();
    return (performance.now() - before) * 5;
  };
  const attr = new Uint8Array(144);
  const [key, value] = [new Uint8Array(4), new Uint8Array(8)];
  const getpid = arm ? 172 : 39;
  const nanoseconds = {
    bare: Math.round(time(() => addon.syscall(getpid, 0))),
    withTwoReferences: Math.round(
      time(() => addon.syscall(getpid, 3, 1, attr, 144, 1, 8, key, 1, 16, value)),
    ),
  };
  console.log(JSON.stringify({ loadingMs: Number(loading.toFixed(1)), fdsLeftByWorker: left, nanoseconds }));
  // Only a watch that was let go is left: the process ends by itself.
  kernel.watch(from, () => {}).unref();
}
