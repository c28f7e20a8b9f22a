// Ring and perf buffer readers against the running kernel: every record once, in order, under load.
import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Events from "../../dist/kernel/events/index.js";
import type * as HostRoom from "../../dist/kernel/host/index.js";
import type { Codec } from "../../dist/program/codec/index.js";
import { createMap, ok, type } from "../contract/call.ts";
import { openEmitter, type Emitter } from "../contract/emitter.ts";
import { built, countFds, sys } from "./sys-door.js";

// What dist holds is what the types above were made from.
const events = (await import(built("kernel/events/index.js"))) as typeof Events;
const { nativeHost } = (await import(built("kernel/host/index.js"))) as typeof HostRoom;
const kernel = sys.nativeKernel();
const host = nativeHost();

/** Sequence numbers as numbers, checked against their copy. */
const codec = {
  size: 16,
  flexible: false,
  alignment: 4,
  decode(memory, offset) {
    const first = memory.u32[offset >> 2] ?? -1;
    assert.equal(memory.u32[(offset >> 2) + 2], first);
    return first;
  },
  encode: () => assert.fail("nothing is encoded here"),
  cursor: () => assert.fail("numbers have no cursor"),
} satisfies Codec<number> as Codec<number>;

type Kind = "ring" | "perf";
interface Opened {
  readonly reader: Events.EventReader<number>;
  readonly emitter: Emitter;
  readonly close: () => void;
}

function open(kind: Kind, bytes: number, options: Events.PerfBufferOptions = {}): Opened {
  const slots = Math.max(...host.possibleCpus()) + 1;
  const shape =
    kind === "ring"
      ? { type: type.ring, key: 0, value: 0, entries: bytes }
      : { type: type.perf, value: 4, entries: slots };
  const fd = ok(createMap(kernel, shape));
  const input = { kernel, host, fd, name: "events", maxEntries: shape.entries, codec };
  const pages = bytes / host.pageSize;
  const reader =
    kind === "ring"
      ? events.openRingBuffer(input, options)
      : events.openPerfBuffer(input, { pages, ...options });
  const emitter = openEmitter(kernel, fd, kind);
  return {
    reader,
    emitter,
    close() {
      reader.close();
      emitter.close();
      kernel.close(fd);
    },
  };
}

/** A test that must leave no fd behind. */
function buffered(name: string, body: (kind: Kind) => Promise<void>): void {
  for (const kind of ["ring", "perf"] as const) {
    test(`${kind}: ${name}`, async () => {
      const before = countFds();
      await body(kind);
      assert.equal(countFds(), before);
    });
  }
}

/** Records that were read, each at most once; in order where there is one buffer: a producer may change its CPU. */
function sequence(kind: Kind): { readonly add: (one: number) => void; readonly count: () => number } {
  const seen = new Set<number>();
  let last = -1;
  return {
    add(one) {
      assert.ok(!seen.has(one), `${one} came twice`);
      if (kind === "ring") assert.ok(one > last, `expected a number above ${last}, found ${one}`);
      last = one;
      seen.add(one);
    },
    count: () => seen.size,
  };
}

buffered("what was written before is drained at once, around the end many times", async (kind) => {
  const { reader, emitter, close } = open(kind, 16 * host.pageSize);
  const seen = sequence(kind);
  for (let turn = 0; turn < 50; turn++) {
    emitter.run(997);
    reader.drain(seen.add);
  }
  assert.equal(emitter.refused(), 0);
  assert.equal(seen.count(), 50 * 997);
  assert.equal(reader.metrics().received, 50 * 997);
  close();
});

buffered("a producer on another thread against for await: nothing lost, nothing twice", async (kind) => {
  const { reader, emitter, close } = open(kind, 4096 * host.pageSize);
  const total = 200_000;
  const seen = sequence(kind);
  const running = emitter.runAsync(total);
  for await (const one of reader) {
    seen.add(one);
    if (seen.count() === total) break;
  }
  await running;
  assert.equal(emitter.refused(), 0);
  assert.equal(seen.count(), total);
  close();
});

buffered("a buffer that is too small: what is read and what was refused are all", async (kind) => {
  const { reader, emitter, close } = open(kind, 2 * host.pageSize);
  const total = 300_000;
  const seen = sequence(kind);
  const subscription = reader.on(seen.add);
  await emitter.runAsync(total);
  await new Promise((resolve) => setTimeout(resolve, 20));
  subscription.stop();
  await subscription.done;
  reader.drain(seen.add);
  assert.equal(seen.count() + emitter.refused(), total);
  if (kind === "perf" && emitter.refused() > 0) {
    // The kernel tells about a loss with the next record that it can write.
    emitter.run(1);
    reader.drain(seen.add);
    const { lost } = reader.metrics();
    // … on the same CPU: losses of others are not told yet.
    assert.ok(lost !== undefined && lost > 0 && lost <= emitter.refused(), `${lost} of ${emitter.refused()}`);
  }
  close();
});

buffered("every wake-up comes: one record at a time", async (kind) => {
  const { reader, emitter, close } = open(kind, 16 * host.pageSize);
  const iterator = reader.events();
  for (let id = 0; id < 2000; id++) {
    const next = iterator.next();
    if (id % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    emitter.run(1);
    assert.deepEqual(await next, { done: false, value: id });
  }
  close();
});

buffered("pull mode reads without wake-ups", async (kind) => {
  const { reader, emitter, close } = open(kind, 16 * host.pageSize, { poll: 1 });
  const seen = sequence(kind);
  emitter.run(500);
  for await (const batch of reader.batches()) {
    for (const one of batch) seen.add(one);
    if (seen.count() === 500) break;
  }
  close();
});

buffered("an abort and a close end a loop that waits", async (kind) => {
  const { reader, close } = open(kind, 16 * host.pageSize);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 5);
  for await (const _ of reader.events({ signal: stop.signal })) assert.fail("there was no event");
  setTimeout(() => reader.close(), 5);
  for await (const _ of reader) assert.fail("there was no event");
  close();
});

test("ring: a reader that opens later goes on where the last one stopped", () => {
  const fd = ok(createMap(kernel, { type: type.ring, key: 0, value: 0, entries: 16 * host.pageSize }));
  const emitter = openEmitter(kernel, fd, "ring");
  const input = { kernel, host, fd, name: "events", maxEntries: 16 * host.pageSize, codec };
  const first = events.openRingBuffer(input);
  emitter.run(5);
  const found: number[] = [];
  first.drain((one) => found.push(one), 2);
  first.close();
  const second = events.openRingBuffer(input);
  second.drain((one) => found.push(one));
  second.close();
  assert.deepEqual(found, [0, 1, 2, 3, 4]);
  emitter.close();
  kernel.close(fd);
});

test("ring: a map of another type is refused by name", () => {
  const fd = ok(createMap(kernel, { type: type.hash }));
  const input = { kernel, host, fd, name: "events", maxEntries: 4096 };
  assert.throws(
    () => events.openRingBuffer(input),
    /expected a ring buffer, found map "events" of type hash/,
  );
  kernel.close(fd);
});
