// The user ring buffer against bpf_user_ringbuf_drain of the running kernel (RULES 72).
import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Events from "../../dist/kernel/events/index.js";
import type * as HostRoom from "../../dist/kernel/host/index.js";
import { attr, code, createMap, element, insn, ok, text, type, word } from "../contract/call.ts";
import { asText } from "../contract/objects.ts";
import { built, countFds, sys } from "./sys-door.js";

// What dist holds is what the types above were made from.
const { openUserRingBuffer } = (await import(built("kernel/events/index.js"))) as typeof Events;
const { nativeHost } = (await import(built("kernel/host/index.js"))) as typeof HostRoom;
const kernel = sys.nativeKernel();
const host = nativeHost();

const [USER_RINGBUF_DRAIN, DYNPTR_READ] = [209, 201];

/** `int main(void)` and `static int callback(void)`: the verifier wants a callback to be a static function. */
function functionTypes(): Uint8Array {
  const names = Buffer.from("\0int\0main\0callback\0");
  const types = new Uint8Array(
    Uint32Array.from(
      [
        [1, 1 << 24, 4, (1 << 24) | 32],
        [0, 13 << 24, 1],
        [5, (12 << 24) | 1, 2],
        [10, 12 << 24, 2],
      ].flat(),
    ).buffer,
  );
  const header = Uint32Array.of(0x1eb9f, 24, 0, types.length, types.length, names.length);
  return code(new Uint8Array(header.buffer), types, names);
}

/** Drains the ring; each record's first u64 is added to counters[0], its coming to counters[1]. */
function drainer(ring: number, counters: number): number {
  const btf = functionTypes();
  const btfFd = ok(kernel.bpf(18, attr(28, [16, btf.length]), [{ offset: 0, buffer: btf }]));
  const program = code(
    // main: user_ringbuf_drain(ring, callback, NULL, 0)
    insn(0x18, 1, 1, 0, ring),
    insn(0),
    insn(0x18, 2, 4, 0, 6),
    insn(0),
    insn(0xb7, 3),
    insn(0xb7, 4),
    insn(0x85, 0, 0, 0, USER_RINGBUF_DRAIN),
    insn(0xb7, 0),
    insn(0x95),
    // callback at 9: dynptr_read(fp - 8, 8, r1, 0, 0)
    insn(0xbf, 3, 1),
    insn(0xbf, 1, 10),
    insn(0x07, 1, 0, 0, -8),
    insn(0xb7, 2, 0, 0, 8),
    insn(0xb7, 4),
    insn(0xb7, 5),
    insn(0x85, 0, 0, 0, DYNPTR_READ),
    insn(0x55, 0, 0, 6),
    insn(0x18, 1, 2, 0, counters),
    insn(0),
    insn(0x79, 2, 10, -8),
    insn(0xdb, 1, 2, 0, 0),
    insn(0xb7, 2, 0, 0, 1),
    insn(0xdb, 1, 2, 8, 0),
    insn(0xb7, 0),
    insn(0x95),
  );
  const functions = new Uint8Array(Uint32Array.of(0, 3, 9, 4).buffer);
  const log = new Uint8Array(1 << 16);
  const fields = attr(
    92,
    [0, 1],
    [4, program.length / 8],
    [24, 1],
    [28, log.length],
    [72, btfFd],
    [76, 8],
    [88, 2],
  );
  const fd = kernel.bpf(5, fields, [
    { offset: 8, buffer: program },
    { offset: 16, buffer: text("GPL") },
    { offset: 32, buffer: log },
    { offset: 80, buffer: functions },
  ]);
  kernel.close(btfFd);
  assert.ok(fd >= 0, asText(log));
  return fd;
}

test("RULES 72: programs drain what was written, around the end many times; a full ring says so", () => {
  const before = countFds();
  const size = 2 * host.pageSize;
  const ring = ok(createMap(kernel, { type: type.user_ring, key: 0, value: 0, entries: size }));
  const counters = ok(createMap(kernel, { type: type.array, value: 16, entries: 1 }));
  const program = drainer(ring, counters);
  const writer = openUserRingBuffer({ kernel, host, fd: ring, name: "commands", maxEntries: size });
  const drain = (): number =>
    kernel.bpf(10, attr(80, [0, program], [8, 64], [32, 1]), [{ offset: 16, buffer: new Uint8Array(64) }]);

  let sum = 0n;
  let sent = 0n;
  for (let turn = 0; turn < 100; turn++) {
    for (let each = 0; each < 50; each++) {
      const record = new Uint8Array(8 + (each % 5) * 4);
      new DataView(record.buffer).setBigUint64(0, sent, true);
      assert.equal(writer.write(record), true);
      sum += sent;
      sent += 1n;
    }
    assert.equal(drain(), 0);
    assert.equal(writer.free(), size);
  }
  const totals = new Uint8Array(16);
  ok(element(kernel, 1, counters, word(0), totals));
  assert.deepEqual([...new BigUint64Array(totals.buffer)], [sum, sent]);

  let fitting = 0;
  while (writer.write(new Uint8Array(8))) fitting += 1;
  assert.equal(fitting, size / 16);
  assert.equal(drain(), 0);
  assert.equal(writer.write(new Uint8Array(8)), true);

  writer.close();
  for (const fd of [program, counters, ring]) kernel.close(fd);
  assert.equal(countFds(), before);
});
