import { describe, expect, test } from "vitest";
import { openPerfBuffer } from "../../../src/kernel/events/index.ts";
import { fakeHost, fakeKernel } from "../../../src/testing/index.ts";
import { createMap, type } from "../../contract/call.ts";
import { PAGE, codec, event, ids, openPerf, turns } from "./open.ts";

describe("RULES 74, 75: records", () => {
  test("come in the order of each CPU, in each form, with the padding that the kernel adds", () => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf();
    const send = (): void => {
      for (const [id, cpu] of [1, 0, 3, 1].entries()) kernel.emit(fd, event(id), { cpu });
    };
    const found: unknown[] = [];
    send();
    expect(ids(reader)).toEqual([1, 0, 3, 2]);
    send();
    reader.drainCursor(({ id, value }) => found.push([id, value]));
    send();
    reader.drainInPlace((offset, length, memory) => {
      expect(offset % 4).toBe(0);
      found.push([memory.u32(offset), memory.u32(offset + 4), length]);
    });
    send();
    reader.drainBytes((bytes) => found.push([...bytes.subarray(0, 4)]));
    expect(found).toEqual([
      ...[1, 0, 3, 2].map((id) => [id, id * 2]),
      ...[1, 0, 3, 2].map((id) => [id, id * 2, 12]),
      ...[1, 0, 3, 2].map((id) => [id, 0, 0, 0]),
    ]);
    expectNothingLeft();
  });

  test("that cross the end are put together, in each form", () => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf();
    const forms: ((seen: (id: number, value: number) => void) => number)[] = [
      (seen) => reader.drain(({ id, value }) => seen(id, value)),
      (seen) => reader.drainCursor(({ id, value }) => seen(id, value)),
      (seen) => reader.drainInPlace((offset, _, memory) => seen(memory.u32(offset), memory.u32(offset + 4))),
      (seen) =>
        reader.drainBytes((bytes) => {
          const words = new Uint32Array(bytes.buffer);
          seen(words[0] ?? -1, words[1] ?? -1);
        }),
    ];
    // 24 bytes do not divide a page: each form meets records in every place.
    for (let id = 0; id < 2000; id++) {
      expect(kernel.emit(fd, event(id))).toBe(true);
      const found: number[][] = [];
      expect(forms[id % forms.length]?.((...seen) => found.push(seen))).toBe(1);
      expect(found).toEqual([[id, id * 2]]);
    }
    expectNothingLeft();
  });

  test("shorter than their type read as zeros behind their end", () => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf();
    kernel.emit(fd, event(7).subarray(0, 4));
    kernel.emit(fd, event(7).subarray(0, 4));
    const found: unknown[] = [];
    reader.drain((one) => found.push(one), 1);
    reader.drainCursor(({ id, value }) => found.push({ id, value }));
    expect(found).toEqual([
      { id: 7, value: 0 },
      { id: 7, value: 0 },
    ]);
    expectNothingLeft();
  });

  test("that were lost are counted: by the kernel's record, by CPU, also across the end", () => {
    const lost: number[][] = [];
    const { kernel, fd, reader, expectNothingLeft } = openPerf({
      onLost: (count, cpu) => lost.push([count, cpu]),
    });
    let sent = 0;
    while (kernel.emit(fd, event(sent), { cpu: 2 })) sent += 1;
    kernel.emit(fd, event(sent), { cpu: 2 });
    expect(reader.metrics().lost).toBe(0);
    expect(ids(reader)).toHaveLength(sent);
    kernel.emit(fd, event(0), { cpu: 2 });
    expect(ids(reader)).toEqual([0]);
    expect(lost).toEqual([[2, 2]]);
    for (let turn = 0; turn < 400; turn++) {
      kernel.lose(fd, 1, 3);
      kernel.emit(fd, event(turn), { cpu: 1 });
      expect(ids(reader)).toEqual([turn]);
    }
    expect(reader.metrics().lost).toBe(2 + 1200);
    expectNothingLeft();
  });

  test("data_tail is stored once for each pass and passes 2^32 whole", () => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf();
    kernel.moveTo(fd, 2n ** 32n - 48n, 0);
    reader.close();
    // A reader that opens later finds the position where it is.
    const again = openPerfBuffer(
      { kernel, host: fakeHost(), fd, name: "events", maxEntries: 4, codec },
      { pages: 1 },
    );
    for (let id = 0; id < 500; id++) {
      kernel.emit(fd, event(id));
      expect(ids(again)).toEqual([id]);
      expect(again.metrics().used).toBe(0);
    }
    again.close();
    expectNothingLeft();
  });

  test("a limit starves no CPU", () => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf();
    for (const cpu of [0, 1, 2, 3])
      for (let turn = 0; turn < 10; turn++) kernel.emit(fd, event(cpu), { cpu });
    const found = Array.from({ length: 4 }, () => ids(reader, 2));
    expect(found).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expectNothingLeft();
  });

  test("RULES 71: an error of the callback leaves the rest", () => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf();
    for (let id = 0; id < 4; id++) kernel.emit(fd, event(id), { cpu: id % 2 });
    expect(() =>
      reader.drain(({ id }) => {
        if (id === 0) throw new Error("boom");
      }),
    ).toThrow("boom");
    expect(ids(reader)).toEqual([2, 1, 3]);
    expectNothingLeft();
  });
});

describe("RULES 76: CPUs", () => {
  test.each([
    ["with a gap", [0, 2, 3], [0, 2, 3], 4, [0, 2, 3]],
    ["partly offline", [0, 1, 2, 3], [1, 3], 4, [1, 3]],
    ["more than the map has slots", [0, 1, 2, 3], [0, 1, 2, 3], 2, [0, 1]],
    ["gone since the list was read", [0, 1], [0, 1, 7], 8, [0, 1]],
  ])("%s", (_, possibleCpus, onlineCpus, slots, expected) => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf({}, { possibleCpus, onlineCpus }, slots);
    for (let cpu = 0; cpu < 8; cpu++)
      expect(kernel.emit(fd, event(cpu), { cpu })).toBe(expected.includes(cpu));
    expect(ids(reader)).toEqual(expected);
    expect(reader.metrics().capacity).toBe(PAGE * expected.length);
    expectNothingLeft();
  });
});

describe("wake-ups", () => {
  test.each([
    ["every third record", { wakeupEvents: 3 }],
    ["when 60 bytes wait", { watermark: 60 }],
  ])("%s", async (_, options) => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf(options);
    const found: number[] = [];
    const subscription = reader.on(({ id }) => found.push(id));
    await turns();
    kernel.emit(fd, event(0));
    kernel.emit(fd, event(1));
    await turns();
    expect(found).toEqual([]);
    kernel.emit(fd, event(2));
    await turns();
    expect(found).toEqual([0, 1, 2]);
    subscription.stop();
    expectNothingLeft();
  });

  test("more records than one turn takes are all delivered, though a perf event reports them once", async () => {
    const { kernel, fd, reader, expectNothingLeft } = openPerf({ pages: 256 });
    let next = 0;
    const subscription = reader.on(({ id }) => expect(id).toBe(next++));
    let sent = 0;
    while (kernel.emit(fd, event(sent))) sent += 1;
    expect(sent).toBeGreaterThan(30_000);
    await turns(12);
    expect(next).toBe(sent);
    subscription.stop();
    expectNothingLeft();
  });
});

describe("refusals", () => {
  test("RULES 75: a codec that needs offsets that are multiples of 8", () => {
    const kernel = fakeKernel();
    const input = {
      kernel,
      host: fakeHost(),
      fd: 3,
      name: "events",
      maxEntries: 4,
      codec: { ...codec, alignment: 8 as const },
    };
    expect(() => openPerfBuffer(input)).toThrow(/multiples of 4/);
  });

  test.each([
    { pages: 3 },
    { pages: 0 },
    { pages: 2 ** 30 },
    { wakeupEvents: 0 },
    { watermark: -1 },
    { watermark: PAGE + 1 },
    { wakeupEvents: 1, watermark: 1 },
  ])("option %o", (options) => {
    expect(() => openPerf(options)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
  });

  test.each([
    ["no privilege", { privileged: false }, type.perf, "EACCES"],
    ["a map of another type", {}, type.array, "EINVAL"],
  ])("%s: nothing stays open", (_, options, mapType, errnoName) => {
    const privileged = fakeKernel();
    const kernel = "privileged" in options ? fakeKernel(options) : privileged;
    const fd = createMap(kernel, { type: mapType, value: mapType === type.perf ? 4 : 8 });
    const input = { kernel, host: fakeHost(), fd: Math.max(fd, 0), name: "events", maxEntries: 4 };
    const refuse = kernel.bpf.bind(kernel);
    // An array takes any value: what refuses a perf event's fd there is its size, so let the fake say it.
    kernel.bpf = (command, attr, references) => (command === 2 ? -22 : refuse(command, attr, references));
    expect(() => openPerfBuffer(input)).toThrow(expect.objectContaining({ code: "SYSCALL", errnoName }));
    kernel.close(fd);
    expect(kernel.openFds()).toEqual([]);
    expect(kernel.openMappings()).toBe(0);
  });
});
