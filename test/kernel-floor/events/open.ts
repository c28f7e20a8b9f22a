// Maps and readers on the fake kernel for the tests of this directory.
import { expect } from "vitest";
import { openPerfBuffer, openRingBuffer } from "../../../src/kernel/events/index.ts";
import type { EventReader, EventReaderOptions, PerfBufferOptions } from "../../../src/kernel/events/index.ts";
import { cursorLength, cursorOffset, type Codec, type Memory } from "../../../src/program/codec/index.ts";
import { fakeHost, fakeKernel, type FakeHostOptions, type FakeKernel } from "../../../src/testing/index.ts";
import { createMap, ok, type } from "../../contract/call.ts";

export const PAGE = 4096;

/** `struct { u32 id; u32 value; }` */
export interface Event {
  id: number;
  value: number;
}

export const event = (id: number, value = id * 2): Uint8Array =>
  new Uint8Array(Uint32Array.of(id, value).buffer);

/** The codec that buildCodec makes of such a struct, by hand: these tests are not about BTF. */
export const codec: Codec<Event> = {
  size: 8,
  alignment: 4,
  flexible: false,
  decode(memory: Memory, offset: number, length = 8): Event {
    const word = (at: number): number => (at + 4 > length ? 0 : (memory.u32[(offset + at) >> 2] ?? 0));
    return { id: word(0), value: word(4) };
  },
  encode: () => {},
  cursor: (memory) => ({
    [cursorOffset]: 0,
    [cursorLength]: 0,
    get id() {
      return memory.u32[this[cursorOffset] >> 2] ?? 0;
    },
    get value() {
      return memory.u32[(this[cursorOffset] >> 2) + 1] ?? 0;
    },
  }),
};

/** A reader with its kernel; `leaked` closes both and tells what is left. */
export interface Opened<T> {
  readonly kernel: FakeKernel;
  readonly fd: number;
  readonly reader: EventReader<T>;
  readonly expectNothingLeft: () => void;
}

export function openRing(options: EventReaderOptions = {}, pages = 1, position = 0n): Opened<Event> {
  const kernel = fakeKernel();
  const fd = ok(createMap(kernel, { type: type.ring, key: 0, value: 0, entries: PAGE * pages }));
  kernel.moveTo(fd, position);
  const input = { kernel, host: fakeHost(), fd, name: "events", maxEntries: PAGE * pages, codec };
  return opened(kernel, fd, openRingBuffer(input, options));
}

export function openPerf(
  options: PerfBufferOptions = {},
  cpus: Pick<FakeHostOptions, "possibleCpus" | "onlineCpus"> = {},
  slots = 4,
  mapped: (mapping: ArrayBuffer) => void = () => {},
): Opened<Event> {
  const kernel = fakeKernel(cpus.possibleCpus === undefined ? {} : { cpus: cpus.possibleCpus });
  const map = kernel.mmap.bind(kernel);
  kernel.mmap = (...args) => {
    const mapping = map(...args);
    if (typeof mapping !== "number") mapped(mapping);
    return mapping;
  };
  const fd = ok(createMap(kernel, { type: type.perf, value: 4, entries: slots }));
  const input = { kernel, host: fakeHost(cpus), fd, name: "events", maxEntries: slots, codec };
  return opened(kernel, fd, openPerfBuffer(input, { pages: 1, ...options }));
}

function opened<T>(kernel: FakeKernel, fd: number, reader: EventReader<T>): Opened<T> {
  return {
    kernel,
    fd,
    reader,
    expectNothingLeft() {
      reader.close();
      expect(kernel.openMappings()).toBe(0);
      expect(kernel.openWatches()).toBe(0);
      expect(kernel.openFds().map((one) => one.fd)).toEqual([fd]);
      kernel.close(fd);
      expect(kernel.openFds()).toEqual([]);
    },
  };
}

/** Lets timers and immediates run. */
export function turns(count = 3): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => {
      if (left === 0) resolve();
      else setImmediate(() => next(left - 1));
    };
    next(count);
  });
}

/** What a drain delivers. */
export function ids(reader: EventReader<Event>, limit?: number): number[] {
  const found: number[] = [];
  reader.drain(({ id }) => found.push(id), limit);
  return found;
}
