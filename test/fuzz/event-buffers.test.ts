// Damaged buffers: readers end with a TsbpfError or deliver, they never hang or read on for ever.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TsbpfError } from "../../src/errors.ts";
import { event, openPerf, openRing, PAGE } from "../kernel-floor/events/open.ts";
import type { EventReader } from "../../src/kernel/events/index.ts";

const runs = Number(process.env["TSBPF_FUZZ"] ?? 1000);

/** Drains in one of the forms; the records' sizes must fit into the buffer. */
function drain<T>(reader: EventReader<T>, form: number): void {
  let bytes = 0;
  const seen = (length: number): void => {
    bytes += 8 + length;
    expect(bytes).toBeLessThanOrEqual(PAGE);
  };
  try {
    if (form === 0) reader.drain(() => seen(0));
    else if (form === 1) reader.drainCursor(() => seen(0));
    else if (form === 2) reader.drainInPlace((_, length) => seen(length));
    else reader.drainBytes((one) => seen(one.length));
  } catch (error) {
    expect(error).toBeInstanceOf(TsbpfError);
  }
}

test("ring buffer: any header, any data, any produced length", () => {
  const header = fc.oneof(
    fc.integer({ min: 0, max: 0xffff_ffff }),
    fc.integer({ min: 0, max: 200 }),
    fc.constantFrom(0x4000_0000, 0x8000_0000, 0xc000_0000, 0x3fff_ffff, 0x4000_0010),
  );
  const headers = fc.array(fc.tuple(fc.nat(PAGE / 8 - 1), header), { maxLength: 20 });
  fc.assert(
    fc.property(
      headers,
      fc.nat(200),
      fc.nat(3),
      fc.bigInt({ min: 0n, max: 2n ** 33n }),
      (damage, sent, form, at) => {
        const { kernel, fd, reader } = openRing({}, 1, at & ~7n);
        for (let id = 0; id < sent; id++) kernel.emit(fd, event(id));
        for (const [slot, word] of damage) {
          kernel.damage(fd, BigInt(slot * 8), new Uint8Array(Uint32Array.of(word).buffer));
        }
        drain(reader, form);
        drain(reader, (form + 1) % 4);
        reader.close();
      },
    ),
    { numRuns: runs },
  );
});

test("ring buffer: positions that are not in one ring", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(3), (position, form) => {
      const { kernel, fd, reader } = openRing();
      kernel.emit(fd, event(1));
      // Behind the reader's back: it remembers where it was.
      kernel.moveTo(fd, position);
      drain(reader, form);
      reader.close();
    }),
    { numRuns: runs },
  );
});

test("perf buffer: any bytes", () => {
  const record = fc.tuple(
    fc.oneof(fc.constantFrom(2, 9), fc.nat(30)),
    fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 8, 12, 16, 24, 32)),
    fc.oneof(fc.nat(40), fc.integer()),
  );
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), fc.nat(3), (records, form) => {
      const mapped: ArrayBuffer[] = [];
      const { kernel, reader } = openPerf({}, { possibleCpus: [0], onlineCpus: [0] }, 1, (mapping) =>
        mapped.push(mapping),
      );
      const mapping = mapped[0];
      if (mapping === undefined) throw new Error("expected a mapping");
      const words = new Uint32Array(mapping, PAGE);
      let at = 0;
      for (const [type, size, length] of records) {
        words.set([type, size << 16, length], at % (words.length - 3));
        at += Math.max(2, size >> 2);
      }
      new Uint32Array(mapping)[256] = Math.min(at * 4, PAGE);
      drain(reader, form);
      drain(reader, (form + 1) % 4);
      reader.close();
      expect(kernel.openMappings()).toBe(0);
    }),
    { numRuns: runs },
  );
});
