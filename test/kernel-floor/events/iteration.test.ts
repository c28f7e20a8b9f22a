import { describe, expect, test } from "vitest";
import { event, openPerf, openRing, turns, type Event } from "./open.ts";

describe.each([
  ["ring buffer", openRing],
  ["perf buffer", openPerf],
] as const)("%s", (kind, open) => {
  test("for await sees each event once, those from before and those from during", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ batch: 4 });
    for (let id = 0; id < 10; id++) kernel.emit(fd, event(id));
    const found: number[] = [];
    for await (const { id } of reader) {
      found.push(id);
      if (id >= 10) await turns(1);
      if (id >= 9 && id < 20) kernel.emit(fd, event(id + 1));
      if (id === 20) break;
    }
    expect(found).toEqual(Array.from({ length: 21 }, (_, id) => id));
    expect(reader.closed).toBe(false);
    expectNothingLeft();
  });

  test("an idle iteration is woken", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open();
    const next = reader[Symbol.asyncIterator]().next();
    await turns();
    kernel.emit(fd, event(42));
    expect(await next).toEqual({ done: false, value: { id: 42, value: 84 } });
    expect(reader.metrics().wakeups).toBe(1);
    expectNothingLeft();
  });

  test("a record that comes before the loop has polled for the first time is not forgotten", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open();
    const next = reader.events().next();
    kernel.emit(fd, event(1));
    expect((await next).value).toMatchObject({ id: 1 });
    reader.close();
    expectNothingLeft();
  });

  test("back-pressure: records stay in the kernel's buffer while the consumer is slow", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ batch: 2 });
    const iterator = reader.events();
    for (let id = 0; id < 8; id++) kernel.emit(fd, event(id));
    expect((await iterator.next()).value).toMatchObject({ id: 0 });
    await turns(10);
    expect(reader.metrics().received).toBe(2);
    expect(reader.metrics().used).toBeGreaterThanOrEqual(6 * 16);
    const rest: number[] = [];
    for (let id = 1; id < 8; id++) {
      await turns();
      const { value } = await iterator.next();
      rest.push((value as Event).id);
    }
    expect(rest).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expectNothingLeft();
  });

  test("batches: arrays of at most `batch` events", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ batch: 3 });
    for (let id = 0; id < 7; id++) kernel.emit(fd, event(id));
    const sizes: number[] = [];
    for await (const batch of reader.batches()) {
      sizes.push(batch.length);
      if (batch.at(-1)?.id === 6) break;
    }
    expect(sizes).toEqual([3, 3, 1]);
    expectNothingLeft();
  });

  test("calls of next that overlap are answered in order", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ batch: 2 });
    const iterator = reader.events();
    const answers = Array.from({ length: 5 }, () => iterator.next());
    await turns();
    for (let id = 0; id < 5; id++) kernel.emit(fd, event(id));
    const found = (await Promise.all(answers)).map(({ value }) => (value as Event).id);
    expect(found).toEqual([0, 1, 2, 3, 4]);
    expectNothingLeft();
  });

  test("an abort ends a loop that waits, and one that has not begun", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open();
    const stop = new AbortController();
    const found: number[] = [];
    const loop = (async () => {
      for await (const { id } of reader.events({ signal: stop.signal })) found.push(id);
    })();
    await turns();
    kernel.emit(fd, event(1));
    await turns(6);
    stop.abort();
    await loop;
    expect(found).toEqual([1]);
    kernel.emit(fd, event(2));
    for await (const { id } of reader.events({ signal: stop.signal })) found.push(id);
    expect(found).toEqual([1]);
    for await (const { id } of reader) {
      found.push(id);
      break;
    }
    expect(found).toEqual([1, 2]);
    expectNothingLeft();
  });

  test("close ends a loop that waits; the reader refuses what comes after", async () => {
    const { kernel, reader, expectNothingLeft } = open();
    const loop = (async () => {
      for await (const _ of reader) throw new Error("there was no event");
    })();
    await turns();
    await reader[Symbol.asyncDispose]();
    await loop;
    expect(kernel.openWatches()).toBe(0);
    expect(reader.closed).toBe(true);
    expect(() => reader.events()).toThrow(expect.objectContaining({ code: "CLOSED" }));
    expect(() => reader.on(() => {})).toThrow(expect.objectContaining({ code: "CLOSED" }));
    expect(reader.metrics().used).toBe(0);
    reader.close();
    expectNothingLeft();
  });

  test("close in the body of the loop ends it", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ batch: 1 });
    kernel.emit(fd, event(1));
    kernel.emit(fd, event(2));
    const found: number[] = [];
    for await (const { id } of reader) {
      found.push(id);
      reader.close();
    }
    expect(found).toEqual([1]);
    expectNothingLeft();
  });

  test("one consumer at a time", async () => {
    const { reader, expectNothingLeft } = open();
    const iterator = reader.events();
    expect(() => reader.batches()).toThrow(/one consumer of "events"/);
    expect(() => reader.on(() => {})).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
    await iterator.return?.();
    reader.on(() => {}).stop();
    await reader.batches().return?.();
    expectNothingLeft();
  });

  test("on: calls back until it is stopped", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open();
    const found: number[] = [];
    kernel.emit(fd, event(1));
    const subscription = reader.on(({ id }) => found.push(id));
    await turns();
    kernel.emit(fd, event(2));
    await turns();
    kernel.emit(fd, event(3));
    await turns();
    expect(found).toEqual([1, 2, 3]);
    subscription[Symbol.dispose]();
    await subscription.done;
    kernel.emit(fd, event(4));
    await turns();
    expect(found).toEqual([1, 2, 3]);
    expectNothingLeft();
  });

  test("on: an error of the callback ends it and rejects (RULES 71)", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open();
    const found: number[] = [];
    for (let id = 0; id < 4; id++) kernel.emit(fd, event(id));
    const subscription = reader.on(({ id }) => {
      found.push(id);
      if (id === 1) throw new Error("boom");
    });
    await expect(subscription.done).rejects.toThrow("boom");
    expect(found).toEqual([0, 1]);
    reader.drain(({ id }) => found.push(id));
    expect(found).toEqual([0, 1, 2, 3]);
    expectNothingLeft();
  });

  test("on: a signal and a close resolve it", async () => {
    const { reader, expectNothingLeft } = open();
    const stop = new AbortController();
    const first = reader.on(() => {}, { signal: stop.signal });
    stop.abort();
    await first.done;
    await reader.on(() => {}, { signal: stop.signal }).done;
    const second = reader.on(() => {});
    reader.close();
    await second.done;
    expectNothingLeft();
  });

  test("pull mode: a timer instead of wake-ups", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ poll: 1 });
    const iterator = reader.events();
    const next = iterator.next();
    await turns();
    expect(kernel.openWatches()).toBe(0);
    kernel.emit(fd, event(5), { wakeup: "none" });
    expect((await next).value).toMatchObject({ id: 5 });
    await iterator.return?.();
    expectNothingLeft();
  });

  test("a producer that never pauses does not keep timers from running", async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ batch: 1 });
    let late = false;
    setTimeout(() => {
      late = true;
    }, 1);
    kernel.emit(fd, event(0));
    for await (const _ of reader) {
      if (late) break;
      kernel.emit(fd, event(1));
    }
    expect(late).toBe(true);
    expectNothingLeft();
  });

  test(`${kind}: a slow consumer's watch does not spin, and no wake-up is lost`, async () => {
    const { kernel, fd, reader, expectNothingLeft } = open({ batch: 1 });
    const iterator = reader.events();
    const first = iterator.next();
    await turns();
    kernel.emit(fd, event(1));
    kernel.emit(fd, event(2));
    await first;
    await turns(5);
    expect(kernel.openWatches()).toBeLessThanOrEqual(kind === "ring buffer" ? 0 : 4);
    expect((await iterator.next()).value).toMatchObject({ id: 2 });
    const third = iterator.next();
    await turns();
    kernel.emit(fd, event(3));
    expect((await third).value).toMatchObject({ id: 3 });
    expectNothingLeft();
  });
});

test("the ring's lost records are counted by the program's own count", () => {
  let lost = 0n;
  const { reader, expectNothingLeft } = openRing({ lost: () => lost });
  expect(reader.metrics().lost).toBe(0);
  lost = 12n;
  expect(reader.metrics().lost).toBe(12);
  expectNothingLeft();
});
