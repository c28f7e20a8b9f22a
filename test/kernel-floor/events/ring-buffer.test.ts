import { describe, expect, test } from "vitest";
import { openRingBuffer } from "../../../src/kernel/events/index.ts";
import { fakeHost, fakeKernel } from "../../../src/testing/index.ts";
import { createMap, ok, type } from "../../contract/call.ts";
import { PAGE, codec, event, ids, openRing, type Event } from "./open.ts";

describe("RULES 69: records", () => {
  test("come once, in order, in each form", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    const send = (): void => [1, 2, 3].forEach((id) => expect(kernel.emit(fd, event(id))).toBe(true));
    const found: unknown[] = [];
    send();
    expect(reader.drain((one) => found.push(one))).toBe(3);
    send();
    expect(reader.drainCursor((one) => found.push([one.id, one.value]))).toBe(3);
    send();
    reader.drainInPlace((offset, length, memory) =>
      found.push([memory.u32(offset), memory.i32(offset + 4), length]),
    );
    send();
    reader.drainBytes((bytes) => found.push(bytes));
    expect(reader.drainBytes((bytes) => found.push(bytes))).toBe(0);
    expect(found).toEqual([
      ...[1, 2, 3].map((id) => ({ id, value: id * 2 })),
      ...[1, 2, 3].map((id) => [id, id * 2]),
      ...[1, 2, 3].map((id) => [id, id * 2, 8]),
      ...[1, 2, 3].map((id) => event(id)),
    ]);
    expect(reader.metrics()).toMatchObject({
      received: 12,
      used: 0,
      capacity: PAGE,
      peak: 48,
      lost: undefined,
    });
    expectNothingLeft();
  });

  test("stop at a BUSY one and go on when it is submitted", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    kernel.emit(fd, event(1));
    const reserved = kernel.reserve(fd, 8);
    kernel.emit(fd, event(3));
    expect(ids(reader)).toEqual([1]);
    expect(ids(reader)).toEqual([]);
    reserved?.submit(event(2));
    expect(ids(reader)).toEqual([2, 3]);
    expectNothingLeft();
  });

  test("that are discarded are skipped and give their room back", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    kernel.reserve(fd, 100)?.discard();
    kernel.emit(fd, event(2));
    kernel.reserve(fd, 8)?.discard();
    expect(ids(reader)).toEqual([2]);
    expect(kernel.positions(fd).consumed).toBe(kernel.positions(fd).produced);
    expectNothingLeft();
  });

  test("of every length from 0 on come whole, also across the end", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    for (let length = 0; length < 700; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => index ^ length);
      expect(kernel.emit(fd, bytes)).toBe(true);
      const found: Uint8Array[] = [];
      reader.drainBytes((one) => found.push(one));
      expect(found.map((one) => one.join())).toEqual([bytes.join()]);
    }
    expectNothingLeft();
  });

  test("shorter than their type read as zeros behind their end, in each form", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    const send = (): void => {
      kernel.emit(fd, event(7).subarray(0, 4));
      kernel.emit(fd, event(8));
    };
    const found: Event[] = [];
    send();
    reader.drain((one) => found.push(one));
    send();
    reader.drainCursor(({ id, value }) => found.push({ id, value }));
    expect(found).toEqual([
      { id: 7, value: 0 },
      { id: 8, value: 16 },
      { id: 7, value: 0 },
      { id: 8, value: 16 },
    ]);
    expectNothingLeft();
  });
});

describe("positions", () => {
  test.each([
    ["2^31", 2n ** 31n - 64n],
    ["2^32", 2n ** 32n - 64n],
    ["2^33", 2n ** 33n - 64n],
    ["just on 2^32", 2n ** 32n - 16n],
  ])("pass %s without a stop", (_, start) => {
    const { kernel, fd, reader, expectNothingLeft } = openRing({}, 1, start);
    for (let id = 0; id < 300; id++) {
      kernel.emit(fd, event(id));
      expect(ids(reader)).toEqual([id]);
      expect(kernel.positions(fd)).toEqual({
        produced: start + BigInt(id + 1) * 16n,
        consumed: start + BigInt(id + 1) * 16n,
      });
    }
    expectNothingLeft();
  });

  test("a full ring is drained, and published at each quarter (PERFORMANCE, decision 1)", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    let sent = 0;
    while (kernel.emit(fd, event(sent))) sent += 1;
    expect(sent).toBe(PAGE / 16 - 1);
    const published = new Set<bigint>();
    let id = 0;
    reader.drain((one) => {
      expect(one.id).toBe(id++);
      published.add(kernel.positions(fd).consumed);
    });
    expect([...published]).toEqual([0n, 1024n, 2048n, 3072n]);
    expect(id).toBe(sent);
    expectNothingLeft();
  });

  test("RULES 70: records that come while the last ones are delivered belong to the same drain", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    kernel.emit(fd, event(0));
    const found: number[] = [];
    reader.drain(({ id }) => {
      found.push(id);
      if (id < 20) kernel.emit(fd, event(id + 1));
    });
    expect(found).toEqual(Array.from({ length: 21 }, (_, id) => id));
    expectNothingLeft();
  });

  test("a limit leaves the rest", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    for (let id = 0; id < 10; id++) kernel.emit(fd, event(id));
    expect(ids(reader, 4)).toEqual([0, 1, 2, 3]);
    expect(reader.metrics().used).toBe(96);
    expect(ids(reader, 0)).toEqual([]);
    expect(ids(reader)).toEqual([4, 5, 6, 7, 8, 9]);
    expectNothingLeft();
  });
});

describe("callbacks", () => {
  test("RULES 71: an error leaves the drain, its record is consumed", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    for (let id = 0; id < 5; id++) kernel.emit(fd, event(id));
    const boom = new Error("boom");
    expect(() =>
      reader.drain(({ id }) => {
        if (id === 2) throw boom;
      }),
    ).toThrow(boom);
    expect(kernel.positions(fd).consumed).toBe(48n);
    expect(ids(reader)).toEqual([3, 4]);
    expect(reader.metrics().received).toBe(5);
    expectNothingLeft();
  });

  test("may close the reader: the loop ends after its record", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    for (let id = 0; id < 5; id++) kernel.emit(fd, event(id));
    const found: number[] = [];
    reader.drain(({ id }) => {
      found.push(id);
      if (id === 1) reader.close();
    });
    expect(found).toEqual([0, 1]);
    expect(() => reader.drain(() => {})).toThrow(expect.objectContaining({ code: "CLOSED" }));
    expectNothingLeft();
  });

  test("may not drain again inside", () => {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    kernel.emit(fd, event(1));
    expect(() => reader.drain(() => void reader.drainBytes(() => {}))).toThrow(/one inside another/);
    kernel.emit(fd, event(2));
    expect(ids(reader)).toEqual([2]);
    expectNothingLeft();
  });
});

describe("refusals", () => {
  const open = (shape: Parameters<typeof createMap>[1], flags?: number, size = PAGE): unknown => {
    const kernel = fakeKernel({ version: "6.19" });
    const fd = ok(createMap(kernel, shape));
    return openRingBuffer({ kernel, host: fakeHost(), fd, name: "events", maxEntries: size, flags });
  };
  const ring = { type: type.ring, key: 0, value: 0, entries: PAGE };

  test("RULES 73: overwrite mode", () => {
    const message = /overwrite mode.*BPF_F_RB_OVERWRITE/;
    expect(() => open({ ...ring, flags: 1 << 19 })).toThrow(message);
    expect(() => open(ring, 1 << 19)).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  });

  test.each([
    [
      "a map of another type",
      () => open({ type: type.hash }),
      /expected a ring buffer, found map "events" of type hash/,
    ],
    ["a size that is no power of two", () => open(ring, 0, PAGE * 3), /power of two/],
    ["a size above 1 GiB", () => open(ring, 0, 0x8000_0000), /at most 1 GiB/],
    ["a size that the map does not have", () => open(ring, 0, PAGE * 2), /mmap of the producer page.*EINVAL/],
  ])("%s", (_, body, message) => {
    expect(body).toThrow(message);
  });

  test.each([{ batch: 0 }, { batch: 1.5 }, { poll: 0 }, { poll: Number.NaN }])("option %o", (options) => {
    expect(() => openRing(options)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
  });

  test("a cursor without a type", () => {
    const kernel = fakeKernel();
    const fd = ok(createMap(kernel, ring));
    const reader = openRingBuffer({ kernel, host: fakeHost(), fd, name: "events", maxEntries: PAGE });
    expect(() => reader.drainCursor(() => {})).toThrow(/expected a type for the events of "events"/);
    kernel.emit(fd, event(1));
    const found: Uint8Array[] = [];
    reader.drain((bytes) => found.push(bytes));
    expect(found).toEqual([event(1)]);
    reader.close();
  });
});

test("without code generation the shared loop serves", () => {
  const real = globalThis.Function;
  globalThis.Function = function refuse() {
    throw new EvalError("Code generation from strings disallowed for this context");
  } as unknown as FunctionConstructor;
  try {
    const { kernel, fd, reader, expectNothingLeft } = openRing();
    kernel.emit(fd, event(5));
    expect(ids(reader)).toEqual([5]);
    expectNothingLeft();
  } finally {
    globalThis.Function = real;
  }
});

test("arm64 acquires each header; Bun acquires through the addon (PERFORMANCE, decision 2)", () => {
  const kernel = fakeKernel();
  const fd = ok(createMap(kernel, { type: type.ring, key: 0, value: 0, entries: PAGE }));
  const input = {
    kernel,
    host: fakeHost({ architecture: "arm64" }),
    fd,
    name: "events",
    maxEntries: PAGE,
    codec,
  };
  const reader = openRingBuffer(input);
  kernel.emit(fd, event(1));
  expect(ids(reader)).toEqual([1]);
  reader.close();

  const acquired: number[] = [];
  const load = kernel.loadAcquire.bind(kernel);
  kernel.loadAcquire = (mapping, offset) => (acquired.push(offset), load(mapping, offset));
  Object.assign(globalThis, { Bun: {} });
  try {
    const inBun = openRingBuffer(input);
    kernel.emit(fd, event(2));
    expect(ids(inBun)).toEqual([2]);
    inBun.close();
  } finally {
    Reflect.deleteProperty(globalThis, "Bun");
  }
  expect(acquired).toContain(PAGE + 16);
});
