import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { EBADF, EINVAL, addon, built, closeFd, memory, nr, sys } from "./sys-door.js";

const [READ, WRITE, SHARED, PRIVATE, FIXED, ANONYMOUS] = [1, 2, 1, 2, 0x10, 0x20];

function map(fd: number, length: number, protection: number, offset = 0): ArrayBuffer {
  const mapping = addon.mmap(fd, length, protection, SHARED, offset);
  assert.ok(mapping instanceof ArrayBuffer, "mmap refused");
  return mapping;
}

function mappings(): number {
  return readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.includes("memfd:tsbpf-test")).length;
}

test("two mappings of one memfd see each other's bytes", () => {
  const fd = memory(8192);
  const [a, b] = [map(fd, 8192, READ | WRITE), map(fd, 4096, READ, 4096)];
  new Uint8Array(a)[4096 + 5] = 42;
  assert.equal(new Uint8Array(b)[5], 42);
  assert.equal(addon.munmap(a), 0);
  assert.equal(addon.munmap(b), 0);
  closeFd(fd);
});

test("munmap detaches; a second one is an answer, not a crash", () => {
  const fd = memory(4096);
  const mapping = map(fd, 4096, READ | WRITE);
  const view = new Uint8Array(mapping);
  assert.equal(mappings(), 1);
  assert.equal(addon.munmap(mapping), 0);
  assert.equal(mappings(), 0);
  assert.equal(mapping.byteLength, 0);
  assert.equal(view.length, 0);
  assert.equal(view[0], undefined);
  assert.equal(addon.munmap(mapping), EINVAL);
  assert.equal(addon.munmap(new ArrayBuffer(4096)), EINVAL);
  closeFd(fd);
});

test("refused: lengths, protections and flags that are no plain mapping", () => {
  const wrong: readonly (readonly [number, number, number])[] = [
    [0, READ, SHARED],
    [-4096, READ, SHARED],
    [4096, 0, SHARED],
    [4096, WRITE, SHARED],
    [4096, READ | 4, SHARED],
    [4096, READ, SHARED | FIXED],
    [4096, READ, SHARED | 0x100000],
  ];
  for (const [length, protection, flags] of wrong) {
    assert.throws(() => addon.mmap(-1, length, protection, flags, 0), RangeError);
  }
  assert.equal(addon.mmap(-1, 4096, READ, SHARED, 0), EBADF);
  assert.equal(addon.mmap(-1, 4096, READ, PRIVATE | ANONYMOUS, 1), EINVAL);
  assert.ok(Number(addon.mmap(-1, 2 ** 53, READ, PRIVATE | ANONYMOUS, 0)) < 0);
});

test("ten thousand mappings in a row leave none behind", () => {
  const fd = memory(4096);
  for (let i = 0; i < 10_000; i++) assert.equal(addon.munmap(map(fd, 4096, READ | WRITE)), 0);
  assert.equal(mappings(), 0);
  closeFd(fd);
});

test("a forgotten mapping goes with its ArrayBuffer", () => {
  const script = `
    import { readFileSync } from "node:fs";
    const { addon, memory } = await import(${JSON.stringify(import.meta.resolve("./sys-door.js"))});
    const fd = memory(4096);
    const count = () => readFileSync("/proc/self/maps", "utf8").split("memfd:tsbpf-test").length - 1;
    (() => { for (let i = 0; i < 100; i++) addon.mmap(fd, 4096, 1, 1, 0); })();
    const before = count();
    for (let i = 0; i < 50 && count() > 0; i++) { gc(); await new Promise((next) => setTimeout(next, 5)); }
    console.log(before, count());
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", "--input-type=module", "-e", script],
    { encoding: "utf8" },
  );
  const [before, after] = stdout.split(" ").map(Number);
  assert.equal(before, 100, stderr);
  // V8 may hold on to the very last one from a register.
  assert.ok(after !== undefined && after <= 1, stdout);
});

test("a transferred mapping is safe on both sides (RULES 82)", () => {
  const kernel = sys.nativeKernel();
  const fd = memory(4096);
  const mapping = kernel.mmap(fd, 4096, READ, 0);
  assert.ok(mapping instanceof ArrayBuffer);
  let owner = mapping;
  try {
    owner = structuredClone(mapping, { transfer: [mapping] });
  } catch (error) {
    assert.ok(error instanceof DOMException, "some Node versions refuse");
  }
  // Node 20 copies instead.
  const moved = mapping.byteLength === 0;
  assert.equal(new Uint8Array(owner)[0], 0);
  kernel.munmap(mapping);
  kernel.munmap(mapping);
  assert.equal(mapping.byteLength, 0);
  if (moved) assert.equal(addon.munmap(owner), 0);
  closeFd(fd);
});

test("a private mapping keeps its writes to itself", () => {
  const kernel = sys.nativeKernel();
  const fd = memory(4096);
  const [own, common] = [kernel.mmap(fd, 4096, READ | WRITE, 0, "private"), kernel.mmap(fd, 4096, READ, 0)];
  assert.ok(own instanceof ArrayBuffer && common instanceof ArrayBuffer);
  new Uint8Array(own)[0] = 1;
  assert.equal(new Uint8Array(common)[0], 0);
  kernel.munmap(own);
  kernel.munmap(common);
  closeFd(fd);
});

test("positions: 32 bits with acquire, 64 bits with release (RULES 69, 74)", () => {
  const fd = memory(4096);
  const [writable, readable] = [map(fd, 4096, READ | WRITE), map(fd, 4096, READ)];
  addon.storeRelease(16, -2, 7, writable);
  assert.equal(addon.loadAcquire(16, readable), -2);
  assert.equal(addon.loadAcquire(20, readable), 7);
  assert.equal(new BigUint64Array(readable)[2], 0x7_ffff_fffen);
  for (const offset of [-4, 1, 4096, 4094, 2 ** 53])
    assert.throws(() => addon.loadAcquire(offset, readable), RangeError);
  for (const offset of [-8, 4, 4096, 4090])
    assert.throws(() => addon.storeRelease(offset, 0, 0, writable), RangeError);
  assert.throws(() => addon.storeRelease(0, 0, 0, readable), RangeError, "a store there would be a SIGSEGV");
  addon.munmap(writable);
  addon.munmap(readable);
  assert.throws(() => addon.loadAcquire(0, readable), RangeError);
  closeFd(fd);
});

test("a read-only mapping is a good input, on and off the thread, and a bad output without a crash", async () => {
  const fd = memory(4096);
  const mapping = map(fd, 4096, READ);
  const bytes = new Uint8Array(mapping, 0, 16);
  const target = new Uint8Array(4);
  const out = memory(4096);
  assert.equal(addon.syscall(nr.write, 3, out, bytes, 16), 16);
  assert.equal(await addon.syscallAsync(nr.write, 3, out, bytes, 16), 16);
  // clock_gettime writes to its buffer: in place the kernel refuses, in a copy the answer has nowhere to go.
  assert.equal(addon.syscall(nr.clock_gettime, 2, 0, bytes), -14);
  assert.equal(addon.syscall(nr.clock_gettime, 2, 0, bytes, 1, 8, target), 0);
  assert.equal(await addon.syscallAsync(nr.clock_gettime, 2, 0, bytes), 0);
  assert.ok(bytes.every((byte) => byte === 0));
  addon.munmap(mapping);
  closeFd(fd);
  closeFd(out);
});

test("a worker that ends with mappings open unmaps them", async () => {
  const fd = memory(4096);
  const code = `import(${JSON.stringify(built("kernel/sys/native-addon.js"))}).then(({ loadAddon }) => {
    const addon = loadAddon();
    globalThis.kept = Array.from({ length: 10 }, () => addon.mmap(${fd}, 4096, 1, 1, 0));
    require("node:worker_threads").parentPort.postMessage(kept.length);
  });`;
  for (let i = 0; i < 5; i++) {
    const worker = new Worker(code, { eval: true });
    assert.equal(
      await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject)),
      10,
    );
    await worker.terminate();
  }
  assert.equal(mappings(), 0);
  closeFd(fd);
});
