import assert from "node:assert/strict";
import {
  attr,
  createMap,
  element,
  errno,
  flag,
  info,
  ok,
  text,
  type,
  word,
  wordOf,
  type ContractCase,
  type World,
} from "./call.ts";

const [LOOKUP, UPDATE, DELETE, NEXT, TAKE, FREEZE] = [1, 2, 3, 4, 21, 22];
const value = (byte: number): Uint8Array => new Uint8Array(8).fill(byte);

/** Runs with a map that is closed afterwards. */
function withMap(world: World, shape: Parameters<typeof createMap>[1], body: (fd: number) => void): void {
  const fd = ok(createMap(world.kernel, shape));
  try {
    body(fd);
  } finally {
    assert.equal(world.kernel.close(fd), 0);
  }
}

export const mapCases: readonly ContractCase[] = [
  {
    name: "hash: insert, read, walk, delete, and each refusal",
    run: (world) =>
      withMap(world, { type: type.hash, entries: 2 }, (fd) => {
        const { kernel } = world;
        const out = new Uint8Array(8);
        assert.equal(element(kernel, LOOKUP, fd, word(1), out), errno.ENOENT);
        assert.equal(element(kernel, UPDATE, fd, word(1), value(7), 2), errno.ENOENT);
        assert.equal(element(kernel, UPDATE, fd, word(1), value(7), 1), 0);
        assert.equal(element(kernel, UPDATE, fd, word(1), value(8), 1), errno.EEXIST);
        assert.equal(element(kernel, UPDATE, fd, word(1), value(9), 99), errno.EINVAL);
        assert.equal(element(kernel, LOOKUP, fd, word(1), out), 0);
        assert.deepEqual(out, value(7));
        assert.equal(element(kernel, UPDATE, fd, word(2), value(2)), 0);
        assert.equal(element(kernel, UPDATE, fd, word(3), value(3)), errno.E2BIG);
        const first = new Uint8Array(4);
        const second = new Uint8Array(4);
        assert.equal(element(kernel, NEXT, fd, undefined, first), 0);
        assert.equal(element(kernel, NEXT, fd, first, second), 0);
        assert.equal(element(kernel, NEXT, fd, second, new Uint8Array(4)), errno.ENOENT);
        assert.deepEqual([wordOf(first), wordOf(second)].sort(), [1, 2]);
        assert.equal(element(kernel, DELETE, fd, word(1)), 0);
        assert.equal(element(kernel, DELETE, fd, word(1)), errno.ENOENT);
        assert.equal(element(kernel, TAKE, fd, word(2), out), 0);
        assert.deepEqual(out, value(2));
        assert.equal(element(kernel, TAKE, fd, word(2), out), errno.ENOENT);
      }),
  },
  {
    name: "array: all elements are there, none goes, none comes",
    run: (world) =>
      withMap(world, { type: type.array, entries: 2 }, (fd) => {
        const { kernel } = world;
        const out = value(1);
        assert.equal(element(kernel, LOOKUP, fd, word(1), out), 0);
        assert.deepEqual(out, value(0));
        assert.equal(element(kernel, UPDATE, fd, word(1), value(5)), 0);
        assert.equal(element(kernel, LOOKUP, fd, word(1), out), 0);
        assert.deepEqual(out, value(5));
        assert.equal(element(kernel, LOOKUP, fd, word(2), out), errno.ENOENT);
        assert.equal(element(kernel, UPDATE, fd, word(2), value(5)), errno.E2BIG);
        assert.equal(element(kernel, UPDATE, fd, word(0), value(5), 1), errno.EEXIST);
        assert.equal(element(kernel, DELETE, fd, word(0)), errno.EINVAL);
        const key = new Uint8Array(4);
        assert.equal(element(kernel, NEXT, fd, word(0), key), 0);
        assert.equal(wordOf(key), 1);
        assert.equal(element(kernel, NEXT, fd, word(1), key), errno.ENOENT);
        assert.equal(element(kernel, NEXT, fd, word(77), key), 0);
        assert.equal(wordOf(key), 0);
      }),
  },
  {
    name: "queue: first in, first out, full, empty",
    run: (world) =>
      withMap(world, { type: type.queue, key: 0, entries: 2 }, (fd) => {
        const { kernel } = world;
        const out = new Uint8Array(8);
        assert.equal(element(kernel, TAKE, fd, undefined, out), errno.ENOENT);
        assert.equal(element(kernel, UPDATE, fd, undefined, value(1)), 0);
        assert.equal(element(kernel, UPDATE, fd, undefined, value(2)), 0);
        assert.equal(element(kernel, UPDATE, fd, undefined, value(3)), errno.E2BIG);
        assert.equal(element(kernel, LOOKUP, fd, undefined, out), 0);
        assert.deepEqual(out, value(1));
        assert.equal(element(kernel, TAKE, fd, undefined, out), 0);
        assert.equal(element(kernel, TAKE, fd, undefined, out), 0);
        assert.deepEqual(out, value(2));
      }),
  },
  {
    name: "map in map: an inner map is put in by fd and read by id",
    run: (world) => {
      const { kernel } = world;
      const inner = ok(createMap(kernel, { type: type.array }));
      withMap(world, { type: type.array_of_maps, value: 4, inner }, (fd) => {
        assert.equal(element(kernel, UPDATE, fd, word(1), word(inner)), 0);
        assert.equal(element(kernel, UPDATE, fd, word(9), word(inner)), errno.E2BIG);
        assert.equal(element(kernel, UPDATE, fd, word(1), word(1000)), errno.EBADF);
        const id = new Uint8Array(4);
        assert.equal(element(kernel, LOOKUP, fd, word(1), id), 0);
        assert.equal(wordOf(id), wordOf(info(kernel, inner, 80), 4));
        assert.equal(element(kernel, LOOKUP, fd, word(0), id), errno.ENOENT);
        assert.equal(element(kernel, DELETE, fd, word(1)), 0);
        assert.equal(element(kernel, DELETE, fd, word(1)), errno.ENOENT);
      });
      kernel.close(inner);
      assert.equal(createMap(kernel, { type: type.array_of_maps, value: 4, inner: 1000 }), errno.EBADF);
    },
  },
  {
    name: "sizes that a type refuses",
    run: ({ kernel, pageSize }) => {
      assert.equal(createMap(kernel, { type: type.hash, key: 0 }), errno.EINVAL);
      assert.equal(createMap(kernel, { type: type.hash, entries: 0 }), errno.EINVAL);
      assert.equal(createMap(kernel, { type: type.array, key: 8 }), errno.EINVAL);
      assert.equal(createMap(kernel, { type: type.perf, value: 8 }), errno.EINVAL);
      assert.equal(createMap(kernel, { type: type.ring, key: 0, value: 0, entries: 0 }), errno.EINVAL);
      assert.equal(
        createMap(kernel, { type: type.ring, key: 0, value: 0, entries: pageSize * 3 }),
        errno.EINVAL,
      );
      assert.equal(createMap(kernel, { type: 1000 }), errno.EINVAL);
      assert.equal(createMap(kernel, { type: type.hash, flags: 1 << 30 }), errno.EINVAL);
    },
  },
  {
    name: "data section: mapped, written by both ways, frozen",
    run: (world) =>
      withMap(world, { type: type.array, value: 8, entries: 1, flags: flag.MMAPABLE }, (fd) => {
        const { kernel, pageSize } = world;
        const mapping = kernel.mmap(fd, pageSize, 3, 0);
        assert.ok(mapping instanceof ArrayBuffer);
        assert.equal(element(kernel, UPDATE, fd, word(0), value(6)), 0);
        assert.equal(new Uint8Array(mapping)[7], 6);
        new Uint8Array(mapping)[0] = 9;
        const out = new Uint8Array(8);
        assert.equal(element(kernel, LOOKUP, fd, word(0), out), 0);
        assert.equal(out[0], 9);
        assert.equal(element(kernel, FREEZE, fd, undefined), errno.EBUSY);
        kernel.munmap(mapping);
        assert.equal(mapping.byteLength, 0);
        assert.equal(element(kernel, FREEZE, fd, undefined), 0);
        assert.equal(element(kernel, UPDATE, fd, word(0), value(1)), errno.EPERM);
        assert.equal(element(kernel, LOOKUP, fd, word(0), out), 0);
        assert.equal(out[0], 9);
        assert.equal(kernel.mmap(fd, pageSize, 3, 0), errno.EPERM);
        const reading = kernel.mmap(fd, pageSize, 1, 0);
        assert.ok(reading instanceof ArrayBuffer);
        assert.equal(new Uint8Array(reading)[0], 9);
        kernel.munmap(reading);
      }),
  },
  {
    name: "a map without BPF_F_MMAPABLE cannot be mapped",
    run: (world) =>
      withMap(world, { type: type.array }, (fd) => {
        assert.equal(typeof world.kernel.mmap(fd, world.pageSize, 1, 0), "number");
      }),
  },
  {
    name: "batches: update, lookup to the end, delete",
    run: (world) =>
      withMap(world, { type: type.hash, entries: 8, flags: flag.NO_PREALLOC }, (fd) => {
        const { kernel } = world;
        const keys = new Uint8Array(Uint32Array.of(1, 2, 3).buffer);
        const values = new Uint8Array(BigUint64Array.of(10n, 20n, 30n).buffer);
        const batch = (
          command: number,
          count: number,
          buffers: readonly [number, Uint8Array][],
        ): [number, number] => {
          const bytes = attr(56, [32, count], [36, fd]);
          const answer = kernel.bpf(
            command,
            bytes,
            buffers.map(([offset, buffer]) => ({ offset, buffer })),
          );
          return [answer, wordOf(bytes, 32)];
        };
        assert.deepEqual(
          batch(26, 3, [
            [16, keys],
            [24, values],
          ]),
          [0, 3],
        );
        const readKeys = new Uint8Array(8 * 4);
        const readValues = new Uint8Array(8 * 8);
        const position = new Uint8Array(4);
        const read = batch(24, 8, [
          [8, position],
          [16, readKeys],
          [24, readValues],
        ]);
        assert.deepEqual(read, [errno.ENOENT, 3]);
        const found = [0, 1, 2].map((index) => [wordOf(readKeys, index * 4), wordOf(readValues, index * 8)]);
        assert.deepEqual(found.sort(), [
          [1, 10],
          [2, 20],
          [3, 30],
        ]);
        assert.deepEqual(batch(27, 3, [[16, keys]]), [0, 3]);
        assert.equal(batch(27, 1, [[16, keys]])[0], errno.ENOENT);
        assert.equal(element(kernel, LOOKUP, fd, word(1), new Uint8Array(8)), errno.ENOENT);
      }),
  },
  {
    name: "ids: every map is found, opened and described by its id",
    run: (world) =>
      withMap(world, { type: type.hash, value: 16 }, (fd) => {
        const { kernel } = world;
        const mine = info(kernel, fd, 80);
        assert.deepEqual(
          [wordOf(mine, 0), wordOf(mine, 8), wordOf(mine, 12), wordOf(mine, 16)],
          [1, 4, 16, 4],
        );
        const id = wordOf(mine, 4);
        const next = attr(12, [0, id - 1]);
        assert.equal(kernel.bpf(12, next), 0);
        assert.equal(wordOf(next, 4), id);
        const again = ok(kernel.bpf(14, attr(12, [0, id])));
        assert.deepEqual(info(kernel, again, 80), mine);
        kernel.close(again);
        assert.equal(kernel.bpf(12, attr(12, [0, 0x7fff_fff0])), errno.ENOENT);
        assert.equal(kernel.bpf(12, attr(12, [0, 0x7fff_ffff])), errno.EINVAL);
        assert.equal(kernel.bpf(14, attr(12, [0, 0x7fff_ffff])), errno.ENOENT);
      }),
  },
  {
    name: "pins: keep a map alive without fds; refuse a taken path, a place outside bpffs, an unknown path",
    run: (world) => {
      const { kernel } = world;
      const path = text(`${world.pinDirectory}/contract`);
      const object = (command: number, name: Uint8Array, fd: number): number =>
        kernel.bpf(command, attr(16, [8, fd]), [{ offset: 0, buffer: name }]);
      const fd = ok(createMap(kernel, { type: type.array }));
      assert.equal(object(7, path, 0), errno.ENOENT);
      assert.equal(object(6, path, fd), 0);
      assert.equal(object(6, path, fd), errno.EEXIST);
      assert.equal(object(6, text("/tmp/tsbpf-contract"), fd), errno.EPERM);
      element(kernel, UPDATE, fd, word(0), value(3));
      kernel.close(fd);
      const again = ok(object(7, path, 0));
      world.unlink(`${world.pinDirectory}/contract`);
      const out = new Uint8Array(8);
      assert.equal(element(kernel, LOOKUP, again, word(0), out), 0);
      assert.deepEqual(out, value(3));
      assert.equal(object(7, path, 0), errno.ENOENT);
      kernel.close(again);
    },
  },
  {
    name: "fds: dup is another one, closed ones are unknown",
    run: ({ kernel }) => {
      const fd = ok(createMap(kernel, { type: type.array }));
      const copy = ok(kernel.dup(fd));
      assert.notEqual(copy, fd);
      assert.equal(kernel.close(fd), 0);
      assert.equal(element(kernel, LOOKUP, copy, word(0), new Uint8Array(8)), 0);
      assert.equal(kernel.close(copy), 0);
      assert.equal(kernel.close(copy), errno.EBADF);
      assert.equal(kernel.dup(copy), errno.EBADF);
      assert.equal(element(kernel, LOOKUP, copy, word(0), new Uint8Array(8)), errno.EBADF);
    },
  },
  {
    name: "an unknown command",
    run: ({ kernel }) => assert.equal(kernel.bpf(9999, attr(16)), errno.EINVAL),
  },
];
