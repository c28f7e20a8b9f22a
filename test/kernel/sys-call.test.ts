import assert from "node:assert/strict";
import { test } from "node:test";
import { EAGAIN, EBADF, EFAULT, addon, closeFd, drain, eventFd, nr, signal } from "./sys-door.js";

type Values = Parameters<typeof addon.syscall>;

function pipe(): [number, number] {
  const fds = new Uint8Array(8);
  assert.equal(addon.syscall(nr.pipe2, 2, fds, 0o2000000), 0);
  const view = new DataView(fds.buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

test("a call returns its result", () => {
  assert.equal(addon.syscall(nr.getpid, 0), process.pid);
});

test("a refused call returns -errno and throws nothing", () => {
  assert.equal(addon.syscall(nr.close, 1, -1), EBADF);
  assert.equal(addon.syscall(nr.read, 3, -1, new Uint8Array(8), 8), EBADF);
});

test("buffers go in and come out, from anywhere in their ArrayBuffer", () => {
  const [from, to] = pipe();
  const page = new Uint8Array(64);
  page.set(new TextEncoder().encode("hello"), 13);
  assert.equal(addon.syscall(nr.write, 3, to, page.subarray(13, 18), 5), 5);
  const got = new Uint8Array(64);
  assert.equal(addon.syscall(nr.read, 3, from, got.subarray(21, 40), 19), 5);
  assert.equal(new TextDecoder().decode(got.subarray(21, 26)), "hello");
  assert.ok(got.subarray(0, 21).every((byte) => byte === 0));
  closeFd(from);
  closeFd(to);
});

test("integers of at most 2^53 are taken", () => {
  const fd = eventFd(0);
  assert.equal(addon.syscall(nr.write, 3, fd, new Uint8Array(8), 8), 8);
  assert.equal(addon.syscall(nr.close, 1, -1), EBADF);
  assert.throws(() => addon.syscall(nr.close, 1, 2 ** 53 + 2), RangeError);
  assert.throws(() => addon.syscall(nr.close, 1, 0.5), RangeError);
  assert.throws(() => addon.syscall(nr.close, 1, Number.NaN), RangeError);
  closeFd(fd);
});

test("a reference's address is written for the call and never seen (RULES 82)", () => {
  const [from, to] = pipe();
  addon.syscall(nr.write, 3, to, new TextEncoder().encode("abcdefgh"), 8);
  const vector = new Uint8Array(32);
  new DataView(vector.buffer).setUint32(8, 3, true);
  new DataView(vector.buffer).setUint32(24, 5, true);
  const [head, tail] = [new Uint8Array(3), new Uint8Array(5)];
  // struct iovec {base; length}[2] is argument 1.
  assert.equal(addon.syscall(nr.readv, 3, from, vector, 2, 1, 0, head, 1, 16, tail), 8);
  assert.equal(new TextDecoder().decode(head) + new TextDecoder().decode(tail), "abcdefgh");
  assert.deepEqual(
    [...vector],
    [...new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 3]), ...new Uint8Array(15), 5, ...new Uint8Array(7)],
  );
  closeFd(from);
  closeFd(to);
});

test("a reference may stand in an earlier reference's buffer", () => {
  // bpf(BPF_PROG_TEST_RUN…) nests so; readv does not, so a bpf command is asked what it cannot answer.
  const attr = new Uint8Array(16);
  const middle = new Uint8Array(16).fill(7);
  const bpf = process.arch === "arm64" ? 280 : 321;
  const result = addon.syscall(bpf, 3, 0xffff, attr, 16, 1, 0, middle, 6, 8, new Uint8Array(4));
  assert.ok(result < 0);
  assert.deepEqual(
    [...middle.subarray(0, 8)],
    Array.from({ length: 8 }, () => 7),
  );
  assert.deepEqual([...middle.subarray(8)], [0, 0, 0, 0, 0, 0, 0, 0]);
});

test("512 references in one call, and not one more", () => {
  const vector = new Uint8Array(16 * 513);
  const [from, to] = pipe();
  addon.syscall(nr.write, 3, to, new Uint8Array(512).fill(9), 512);
  const pieces = Array.from({ length: 513 }, () => new Uint8Array(1));
  for (let i = 0; i < 513; i++) vector[16 * i + 8] = 1;
  const references = pieces.flatMap((piece, i) => [1, 16 * i, piece]);
  assert.equal(addon.syscall(nr.readv, 3, from, vector, 512, ...references.slice(0, 3 * 512)), 512);
  assert.ok(pieces.slice(0, 512).every((piece) => piece[0] === 9));
  assert.throws(() => addon.syscall(nr.readv, 3, from, vector, 512, ...references), RangeError);
  closeFd(from);
  closeFd(to);
});

const shared = new Uint8Array(new SharedArrayBuffer(16));
const wrong: readonly (readonly [string, readonly unknown[], typeof TypeError | typeof RangeError])[] = [
  ["nothing", [], TypeError],
  ["no count", [nr.getpid], TypeError],
  ["a string for the number", ["getpid", 0], TypeError],
  ["a negative number", [-1, 0], RangeError],
  ["a number out of range", [0x10000, 0], RangeError],
  ["mmap, whose answer is an address", [nr.mmap, 0], RangeError],
  ["count 7", [nr.getpid, 7, 0, 0, 0, 0, 0, 0, 0], RangeError],
  ["count -1", [nr.getpid, -1], RangeError],
  ["fewer arguments than counted", [nr.getpid, 2, 1], RangeError],
  ["half a reference", [nr.getpid, 1, new Uint8Array(8), 0, 0], RangeError],
  ["undefined as argument", [nr.getpid, 1, undefined], TypeError],
  ["null as argument", [nr.getpid, 1, null], TypeError],
  ["an object as argument", [nr.getpid, 1, {}], TypeError],
  ["an array as argument", [nr.getpid, 1, [1]], TypeError],
  ["an ArrayBuffer as argument", [nr.getpid, 1, new ArrayBuffer(8)], TypeError],
  ["a Uint16Array as argument", [nr.getpid, 1, new Uint16Array(8)], TypeError],
  ["a DataView as argument", [nr.getpid, 1, new DataView(new ArrayBuffer(8))], TypeError],
  ["a Proxy as argument", [nr.getpid, 1, new Proxy(new Uint8Array(8), {})], TypeError],
  ["a symbol as argument", [nr.getpid, 1, Symbol("x")], TypeError],
  ["a bigint as argument", [nr.getpid, 1, 1n], TypeError],
  ["a holder that is a number", [nr.getpid, 1, 5, 0, 0, new Uint8Array(8)], RangeError],
  ["a holder that is not given", [nr.getpid, 0, 0, 0, new Uint8Array(8)], RangeError],
  [
    "a holder that comes later",
    [nr.getpid, 1, shared, 7, 0, new Uint8Array(8), 0, 0, new Uint8Array(8)],
    RangeError,
  ],
  ["a holder that is itself", [nr.getpid, 1, shared, 6, 0, new Uint8Array(8)], RangeError],
  ["a negative holder", [nr.getpid, 1, shared, -1, 0, new Uint8Array(8)], RangeError],
  ["a negative offset", [nr.getpid, 1, new Uint8Array(8), 0, -1, new Uint8Array(8)], RangeError],
  ["an offset at the end", [nr.getpid, 1, new Uint8Array(8), 0, 1, new Uint8Array(8)], RangeError],
  [
    "an offset beyond everything",
    [nr.getpid, 1, new Uint8Array(8), 0, 2 ** 53, new Uint8Array(8)],
    RangeError,
  ],
  ["a holder too small", [nr.getpid, 1, new Uint8Array(7), 0, 0, new Uint8Array(8)], RangeError],
  ["a number as target", [nr.getpid, 1, new Uint8Array(8), 0, 0, 1], TypeError],
];
for (const [what, values, expected] of wrong) {
  test(`refused: ${what}`, () => {
    // The wrong types are what is tested.
    assert.throws(() => addon.syscall(...(values as unknown as Values)), expected);
    assert.throws(() => addon.syscallAsync(...(values as unknown as Values)), expected);
  });
}

test("a detached or empty buffer is a null pointer: EFAULT, no crash", () => {
  const gone = new Uint8Array(8);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  for (const buffer of [gone, new Uint8Array(0), 1]) {
    const fd = eventFd(1);
    assert.equal(addon.syscall(nr.read, 3, fd, buffer, 8), EFAULT);
    closeFd(fd);
  }
});

test("off the thread: the loop goes on, the answer is written back", async () => {
  const [from, to] = pipe();
  const got = new Uint8Array(8);
  let turns = 0;
  const ticks = setInterval(() => {
    turns += 1;
    if (turns === 3) addon.syscall(nr.write, 3, to, new TextEncoder().encode("late"), 4);
  }, 1);
  assert.equal(await addon.syscallAsync(nr.read, 3, from, got, 8), 4);
  clearInterval(ticks);
  assert.ok(turns >= 3);
  assert.equal(new TextDecoder().decode(got.subarray(0, 4)), "late");
  closeFd(from);
  closeFd(to);
});

test("off the thread: references, and their holder comes back without addresses", async () => {
  const [from, to] = pipe();
  addon.syscall(nr.write, 3, to, new TextEncoder().encode("xyz"), 3);
  const vector = new Uint8Array(16);
  vector[8] = 3;
  const target = new Uint8Array(3);
  assert.equal(await addon.syscallAsync(nr.readv, 3, from, vector, 1, 1, 0, target), 3);
  assert.equal(new TextDecoder().decode(target), "xyz");
  assert.deepEqual([...vector.subarray(0, 8)], [0, 0, 0, 0, 0, 0, 0, 0]);
  closeFd(from);
  closeFd(to);
});

test("off the thread: a buffer detached meanwhile is left alone", async () => {
  const sleep = new Uint8Array(16);
  new DataView(sleep.buffer).setUint32(8, 5_000_000, true);
  const pending = addon.syscallAsync(nr.nanosleep, 2, sleep, new Uint8Array(16));
  structuredClone(sleep.buffer, { transfer: [sleep.buffer] });
  assert.equal(await pending, 0);
});

test("off the thread: many at once, all answered", async () => {
  const calls = Array.from({ length: 200 }, (_, i) =>
    addon.syscallAsync(i % 2 ? nr.getpid : nr.close, 1, -1),
  );
  const answers = await Promise.all(calls);
  assert.ok(answers.every((answer: number, i: number) => answer === (i % 2 ? process.pid : EBADF)));
});

test("eventfd: the helpers of the other tests do what they say", () => {
  const fd = eventFd(0);
  assert.equal(drain(fd), EAGAIN);
  assert.equal(signal(fd), 8);
  assert.equal(drain(fd), 8);
  closeFd(fd);
});

test("no shape of arguments crashes: 20,000 random calls", () => {
  // A fixed sequence: a crash can be repeated.
  let seed = 0x2545f491;
  const random = (below: number): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
  };
  const gone = new Uint8Array(8);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  const makers: readonly (() => unknown)[] = [
    () => random(20) - 4,
    () => (random(2) ? -1 : 1) * random(2 ** 31) * 2 ** random(40),
    () => random(100) / 7,
    () => [Number.NaN, Infinity, -Infinity, -0][random(4)],
    () => BigInt(random(2 ** 31)) << BigInt(random(40)),
    () => -(1n << BigInt(random(70))),
    () => new Uint8Array(random(64)),
    () => new Uint8Array(64).subarray(random(64)),
    () => new Uint8Array(new SharedArrayBuffer(32)),
    () => gone,
    () => Buffer.from("buffer"),
    () => [undefined, null, true, "text", Symbol("s"), {}, [], () => 1][random(8)],
    () => new Float64Array(4),
    () => new ArrayBuffer(16),
    () => new DataView(new ArrayBuffer(16)),
  ];
  // Calls that look at no argument: how long a buffer must be for the others is known to the kernel alone.
  const numbers = [nr.getpid, 0x8000, -1, nr.mmap];
  const allowed = /^(TypeError|RangeError)$/;
  let [threw, answered] = [0, 0];
  for (let i = 0; i < 20_000; i++) {
    const values: unknown[] = [
      numbers[random(numbers.length)],
      random(10) === 0 ? makers[random(makers.length)]?.() : random(7),
    ];
    const length = random(10) === 0 ? random(60) : random(12);
    for (let k = 0; k < length; k++) values.push(makers[random(makers.length)]?.());
    try {
      assert.equal(typeof addon.syscall(...(values as unknown as Values)), "number");
      answered += 1;
    } catch (error) {
      assert.ok(error instanceof Error && allowed.test(error.name), String(error));
      threw += 1;
    }
  }
  assert.ok(threw > 1000 && answered > 100, `${threw} threw, ${answered} answered`);
  // The wrong types are what is tested.
  const doors = ["mmap", "munmap", "loadAcquire", "storeRelease", "control"].map(
    (name) => (addon as unknown as Record<string, (...values: unknown[]) => unknown>)[name] ?? assert.fail(),
  );
  for (let i = 0; i < 20_000; i++) {
    const door = doors[random(doors.length)] ?? assert.fail();
    const values = Array.from({ length: random(7) }, () => makers[random(makers.length)]?.());
    try {
      const result = door(...values);
      if (result instanceof ArrayBuffer) assert.equal(addon.munmap(result), 0);
    } catch (error) {
      assert.ok(error instanceof Error && allowed.test(error.name), String(error));
    }
  }
});
