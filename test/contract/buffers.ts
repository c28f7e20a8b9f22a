import assert from "node:assert/strict";
import { attr, createMap, element, errno, ok, type, word, type ContractCase, type World } from "./call.ts";

const [UPDATE, DELETE] = [2, 3];
const RING = { type: type.ring, key: 0, value: 0 } as const;

/** An event for the output of programs on CPU 0. */
function outputEvent(world: World): number {
  const bytes = attr(128, [0, 1], [4, 128], [8, 10, 8], [16, 1, 8], [24, 1024, 8], [48, 1]);
  return world.kernel.perfEventOpen(bytes, -1, 0, -1, 8);
}

/** Resolves when the watch has called back. */
function woken(world: World, fd: number): Promise<void> {
  return new Promise((resolve) => {
    const watch = world.kernel.watch(fd, () => {
      watch.stop();
      resolve();
    });
  });
}

export const bufferCases: readonly ContractCase[] = [
  {
    name: "ring buffer: which parts may be mapped how (RULES 68)",
    run: (world) => {
      const { kernel, pageSize } = world;
      const fd = ok(createMap(kernel, { ...RING, entries: pageSize }));
      assert.equal(kernel.mmap(fd, pageSize * 3, 3, pageSize), errno.EPERM);
      assert.equal(typeof kernel.mmap(fd, pageSize * 5, 1, pageSize), "number");
      const consumer = kernel.mmap(fd, pageSize, 3, 0);
      const producer = kernel.mmap(fd, pageSize * 3, 1, pageSize);
      assert.ok(consumer instanceof ArrayBuffer && producer instanceof ArrayBuffer);
      assert.equal(producer.byteLength, pageSize * 3);
      kernel.munmap(consumer);
      kernel.munmap(producer);
      assert.equal(element(kernel, UPDATE, fd, new Uint8Array(4), new Uint8Array(4)), errno.EINVAL);
      assert.equal(element(kernel, 1, fd, undefined, new Uint8Array(4)), errno.ENOTSUPP);
      kernel.close(fd);
    },
  },
  {
    name: "ring buffer: records, positions, the second copy of the data, the wake-up (RULES 69, 70)",
    run: async (world) => {
      const { kernel, pageSize } = world;
      const fd = ok(createMap(kernel, { ...RING, entries: pageSize }));
      const consumer = kernel.mmap(fd, pageSize, 3, 0);
      const producer = kernel.mmap(fd, pageSize * 3, 1, pageSize);
      assert.ok(consumer instanceof ArrayBuffer && producer instanceof ArrayBuffer);
      const words = new Uint32Array(producer);
      const data = pageSize / 4;
      assert.equal(kernel.loadAcquire(producer, 0), 0);
      const wake = woken(world, fd);
      world.produce(fd, "ring", 2);
      await wake;
      assert.equal(kernel.loadAcquire(producer, 0), 48);
      assert.deepEqual([words[data], words[data + 2], words[data + 4]], [16, 0, 0]);
      assert.deepEqual([words[data + 6], words[data + 8], words[data + 10]], [16, 1, 1]);
      assert.equal(words[data + data], 16);
      kernel.storeRelease(consumer, 0, 48, 0);
      assert.equal(new BigUint64Array(consumer)[0], 48n);
      const again = woken(world, fd);
      world.produce(fd, "ring", 1);
      await again;
      assert.equal(kernel.loadAcquire(producer, 0), 72);
      kernel.munmap(consumer);
      kernel.munmap(producer);
      kernel.close(fd);
    },
  },
  {
    name: "perf event array: takes perf events by CPU, not maps, and no lookups (RULES 74)",
    run: (world) => {
      const { kernel } = world;
      const fd = ok(createMap(kernel, { type: type.perf, value: 4, entries: 2 }));
      const event = ok(outputEvent(world));
      assert.equal(element(kernel, UPDATE, fd, word(0), word(fd)), errno.EBADF);
      assert.equal(element(kernel, UPDATE, fd, word(2), word(event)), errno.E2BIG);
      assert.equal(element(kernel, UPDATE, fd, word(0), word(event)), 0);
      assert.equal(element(kernel, 1, fd, word(0), word(0)), errno.ENOTSUPP);
      assert.equal(element(kernel, DELETE, fd, word(0)), 0);
      assert.equal(element(kernel, DELETE, fd, word(0)), errno.ENOENT);
      kernel.close(event);
      kernel.close(fd);
    },
  },
  {
    name: "perf buffer: the mapping is a page and a power of two of pages",
    run: (world) => {
      const { kernel, pageSize } = world;
      const event = ok(outputEvent(world));
      assert.equal(kernel.mmap(event, pageSize * 4, 3, 0), errno.EINVAL);
      const mapping = kernel.mmap(event, pageSize * 3, 3, 0);
      assert.ok(mapping instanceof ArrayBuffer);
      kernel.munmap(mapping);
      kernel.close(event);
    },
  },
];
