// Elements of maps on the running kernel.
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { errorOf, leakFree, makeSystemCalls, source } from "./kernel-floor.js";

const cpus = availableParallelism();

test("a hash with typed values: get, set, has, delete, walk, clear", async () => {
  await leakFree(async () => {
    const object = await source("map_kinds").load();
    const recent = object.requireMap("recent");
    assert.equal(recent.get(1n), undefined);
    for (let key = 0n; key < 40n; key++) {
      recent.set(key, { prefix_length: Number(key), address: Uint8Array.of(1, 2, 3, Number(key)) });
    }
    assert.deepEqual(recent.get(7n), { prefix_length: 7, address: Uint8Array.of(1, 2, 3, 7) });
    assert.equal(recent.has(7n), true);
    assert.equal(recent.delete(7n), true);
    assert.equal(recent.delete(7n), false);
    assert.equal(recent.has(7n), false);
    const keys = [...recent.keys()] as bigint[];
    assert.deepEqual(
      keys.sort((a, b) => Number(a - b)),
      [...Array(40).keys()].filter((key) => key !== 7).map(BigInt),
    );
    for (const [key, value] of recent)
      assert.equal((value as { prefix_length: number }).prefix_length, Number(key));
    assert.equal([...recent.values()].length, 39);
    assert.equal(recent.clear(), 39);
    assert.deepEqual([...recent.entries()], []);
    object.close();
  });
});

test("flags of set: noexist and exist", async () => {
  await leakFree(async () => {
    const object = await source("map_pinned").load({
      maps: { tsbpf_pinned_hash: { pin: false }, tsbpf_pinned_array: { pin: false } },
    });
    const map = object.requireMap("tsbpf_pinned_hash");
    const missing = await errorOf(() => map.set(1, 2, { flags: "exist" }));
    assert.match(
      missing.message,
      /map "tsbpf_pinned_hash": bpf\(BPF_MAP_UPDATE_ELEM\): ENOENT: there is no element/,
    );
    map.set(1, 2, { flags: "noexist" });
    assert.match((await errorOf(() => map.set(1, 3, { flags: "noexist" }))).message, /EEXIST/);
    map.set(1, 4, { flags: "exist" }).set(2, 5);
    assert.equal(map.get(1), 4);
    assert.equal(map.lookupAndDelete(2), 5);
    assert.equal(map.lookupAndDelete(2), undefined);
    object.close();
  });
});

test("a full hash, an index outside and a wrong key are told apart", async () => {
  await leakFree(async () => {
    const object = await source("map_pinned").load({
      maps: { tsbpf_pinned_hash: { pin: false, maxEntries: 2 }, tsbpf_pinned_array: { pin: false } },
    });
    const hash = object.requireMap("tsbpf_pinned_hash");
    assert.equal(hash.info().maxEntries, 2);
    hash.set(1, 1).set(2, 2);
    assert.match((await errorOf(() => hash.set(3, 3))).message, /E2BIG: the map is full/);
    const array = object.requireMap("tsbpf_pinned_array");
    assert.match((await errorOf(() => array.set(2, 1n))).message, /E2BIG/);
    assert.match((await errorOf(() => array.delete(0))).message, /maps of type array do not do this/);
    assert.match((await errorOf(() => array.set(0, 2n ** 64n))).message, /map "tsbpf_pinned_array": value: /);
    assert.match(
      (await errorOf(() => array.set(-1, 1n))).message,
      /map "tsbpf_pinned_array": key: expected an integer/,
    );
    assert.deepEqual(
      [...array],
      [
        [0, 0n],
        [1, 0n],
      ],
    );
    object.close();
  });
});

test("per-CPU values are one per possible CPU, whatever their size (RULES 22)", async () => {
  await leakFree(async () => {
    const object = await source("map_percpu").load();
    object.attach();
    makeSystemCalls();
    object.detach();
    for (const name of ["array", "hash"]) {
      const map = object.requireMap(name);
      const values = map.get(3) as { hits: number; tail: Uint8Array }[];
      assert.equal(values.length, cpus, name);
      if (name === "array") assert.ok(values.reduce((sum, { hits }) => sum + hits, 0) > 0);
      const written = values.map((_, cpu) => ({ hits: cpu + 10, tail: Uint8Array.of(cpu, 0, 0, 0, 255) }));
      map.set(3, written);
      assert.deepEqual(map.get(3), written);
      const found = [...map].find(([key]) => key === 3);
      assert.deepEqual(found?.[1], written, `${name}: by walking`);
      assert.match(
        (await errorOf(() => map.set(3, []))).message,
        /expected one value for each of the \d+ possible CPUs/,
      );
    }
    object.close();
  });
});

test("queue and stack: push, peek, pop; other maps refuse a walk", async () => {
  await leakFree(async () => {
    const object = await source("map_kinds").load();
    const queue = object.requireMap("queue");
    const stack = object.requireMap("stack");
    queue.push(1);
    queue.push(2);
    assert.equal(queue.peek(), 1);
    assert.equal(queue.pop(), 1);
    assert.equal(queue.pop(), 2);
    assert.equal(queue.pop(), undefined);
    stack.push(Uint8Array.of(1, 0, 0, 0));
    stack.push(Uint8Array.of(2, 0, 0, 0));
    assert.deepEqual(stack.pop(), Uint8Array.of(2, 0, 0, 0));
    assert.match((await errorOf(() => [...queue])).message, /a queue has no keys to walk/);
    assert.match((await errorOf(() => queue.events())).message, /expected a ringbuf or a perf_event_array/);
    object.close();
  });
});

test("an LPM trie looks up by the longest prefix, and is walked", async () => {
  await leakFree(async () => {
    const object = await source("map_kinds").load();
    const routes = object.requireMap("routes");
    routes.set({ prefix_length: 8, address: [10, 0, 0, 0] }, 1);
    routes.set({ prefix_length: 16, address: [10, 1, 0, 0] }, 2);
    assert.equal(routes.get({ prefix_length: 32, address: [10, 1, 2, 3] }), 2);
    assert.equal(routes.get({ prefix_length: 32, address: [10, 9, 2, 3] }), 1);
    assert.equal(routes.get({ prefix_length: 32, address: [11, 0, 0, 1] }), undefined);
    assert.equal([...routes.keys()].length, 2);
    object.close();
  });
});

test("maps of maps hold the maps that the source names (RULES 18), read as ids, written as maps", async () => {
  await leakFree(async () => {
    const object = await source("map_in_map").load();
    for (const spec of object.spec.maps) {
      for (const { index, target } of spec.slots) {
        const key = spec.type === "hash_of_maps" ? Uint8Array.of(index, 0, 0, 0) : index;
        assert.equal(object.requireMap(spec.name).get(key), object.requireMap(target).info().id, spec.name);
      }
    }
    const outer = object.spec.maps.find(({ type, slots }) => type === "array_of_maps" && slots.length > 0);
    assert.ok(outer);
    const target = object.requireMap(outer.slots[0]?.target ?? "");
    object.requireMap(outer.name).set(0, target);
    assert.equal(object.requireMap(outer.name).get(0), target.info().id);
    object.close();
  });
});

test("tail call tables are filled after the programs (RULES 17)", async () => {
  await leakFree(async () => {
    const object = await source("map_prog_array").load();
    const table = object.spec.maps.find(({ type, slots }) => type === "prog_array" && slots.length > 0);
    assert.ok(table);
    for (const { index, target } of table.slots) {
      const id = object.requireMap(table.name).get(index);
      assert.equal(id, object.programs[target]?.info().id);
    }
    object.close();
  });
});

test("a large hash is walked in batches, each element once", async () => {
  await leakFree(async () => {
    const object = await source("map_pinned").load({
      maps: { tsbpf_pinned_hash: { pin: false, maxEntries: 20_000 }, tsbpf_pinned_array: { pin: false } },
    });
    const map = object.requireMap("tsbpf_pinned_hash");
    for (let key = 0; key < 20_000; key++) map.set(key, key ^ 0x5555);
    const seen = new Map(map.entries());
    assert.equal(seen.size, 20_000);
    for (const [key, value] of seen) assert.equal(value, (key as number) ^ 0x5555);
    object.close();
  });
});

test("an mmapable array is shared memory", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load();
    const memory = object.requireMap(".bss").memory();
    const variable = object.spec.variables.find(({ name }) => name === "counter");
    assert.ok(variable);
    (object.variables as Record<string, unknown>)["counter"] = 42;
    assert.equal(memory.u32[variable.offset / 4], 42);
    assert.match((await errorOf(() => object.requireMap(".rodata").memory())).message, /EPERM|refused/);
    object.close();
    assert.equal(memory.u32.length, 0);
  });
});

test("ring buffers are rounded to pages and perf arrays have a slot per CPU (RULES 14)", async () => {
  await leakFree(async () => {
    const rings = await source("map_ringbuf").load();
    for (const { name, type, maxEntries } of rings.spec.maps) {
      if (type !== "ringbuf") continue;
      const made = rings.requireMap(name).info().maxEntries;
      assert.ok(made >= maxEntries && made % 4096 === 0 && (made & (made - 1)) === 0, name);
    }
    rings.close();
    const perf = await source("map_perf_event_array").load();
    for (const { name, type, maxEntries } of perf.spec.maps) {
      if (type !== "perf_event_array" || maxEntries !== 0) continue;
      assert.equal(perf.requireMap(name).info().maxEntries, cpus);
    }
    perf.close();
  });
});
