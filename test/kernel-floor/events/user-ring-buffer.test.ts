import { expect, test } from "vitest";
import { openUserRingBuffer } from "../../../src/kernel/events/index.ts";
import { fakeHost, fakeKernel } from "../../../src/testing/index.ts";
import { createMap, ok, type } from "../../contract/call.ts";
import { PAGE, codec, event } from "./open.ts";

const shape = { type: type.user_ring, key: 0, value: 0, entries: PAGE };

function openWriter(): {
  kernel: ReturnType<typeof fakeKernel>;
  fd: number;
  writer: ReturnType<typeof openUserRingBuffer<Uint8Array>>;
} {
  const kernel = fakeKernel();
  const fd = ok(createMap(kernel, shape));
  const input = { kernel, host: fakeHost(), fd, name: "commands", maxEntries: PAGE };
  return { kernel, fd, writer: openUserRingBuffer(input) };
}

test("RULES 72: records arrive whole and in order, also across the end, until the ring is full", () => {
  const { kernel, fd, writer } = openWriter();
  for (let turn = 0; turn < 200; turn++) {
    const sent = [turn % 60, 7, 100].map((length) => new Uint8Array(length).fill(turn));
    for (const one of sent) expect(writer.write(one)).toBe(true);
    expect(writer.free()).toBeLessThan(PAGE);
    expect(kernel.drainUserRing(fd)).toEqual(sent);
    expect(writer.free()).toBe(PAGE);
  }
  let count = 0;
  while (writer.write(event(count))) count += 1;
  expect(count).toBe(PAGE / 16);
  expect(kernel.drainUserRing(fd)).toHaveLength(count);
  expect(writer.write(event(0))).toBe(true);
  writer.close();
  expect(writer.free()).toBe(0);
  expect(kernel.openMappings()).toBe(0);
  // What was written stays for the program.
  expect(kernel.drainUserRing(fd)).toEqual([event(0)]);
});

test("values go through the codec", () => {
  const kernel = fakeKernel();
  const fd = ok(createMap(kernel, shape));
  const encoding = {
    ...codec,
    encode: (value: { id: number; value: number }, memory: { u32: Uint32Array }, offset: number) =>
      memory.u32.set([value.id, value.value], offset >> 2),
  };
  const writer = openUserRingBuffer({
    kernel,
    host: fakeHost(),
    fd,
    name: "commands",
    maxEntries: PAGE,
    codec: encoding,
  });
  expect(writer.write({ id: 5, value: 6 })).toBe(true);
  expect(kernel.drainUserRing(fd)).toEqual([event(5, 6)]);
  writer[Symbol.dispose]();
  expect(writer.closed).toBe(true);
});

test("the producer's position passes 2^32 whole", () => {
  const kernel = fakeKernel();
  const fd = ok(createMap(kernel, shape));
  kernel.moveTo(fd, 2n ** 32n - 40n);
  const writer = openUserRingBuffer({ kernel, host: fakeHost(), fd, name: "commands", maxEntries: PAGE });
  for (let id = 0; id < 10; id++) {
    expect(writer.write(event(id))).toBe(true);
    expect(kernel.drainUserRing(fd)).toEqual([event(id)]);
  }
});

test("refusals: a record that never fits, no bytes, closed, another type of map", () => {
  const { kernel, fd, writer } = openWriter();
  expect(() => writer.write(new Uint8Array(PAGE))).toThrow(/at most 4088 bytes for "commands", found 4096/);
  expect(() => writer.write("text" as unknown as Uint8Array)).toThrow(/expected bytes/);
  writer.close();
  writer.close();
  expect(() => writer.write(event(1))).toThrow(expect.objectContaining({ code: "CLOSED" }));
  kernel.close(fd);
  const array = ok(createMap(kernel, { type: type.array }));
  const input = { kernel, host: fakeHost(), fd: array, name: "commands", maxEntries: PAGE };
  expect(() => openUserRingBuffer(input)).toThrow(
    /expected a user ring buffer, found map "commands" of type array/,
  );
  expect(() => kernel.drainUserRing(array)).toThrow(/expected a user ring buffer/);
});
