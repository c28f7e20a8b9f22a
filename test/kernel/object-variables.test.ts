// Global variables: before the load, live after it, frozen ones, and without BTF.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoadedObject } from "../../dist/kernel/index.js";
import { errorOf, leakFree, makeSystemCalls, source } from "./kernel-floor.js";

test("initial values are the source's, in every type", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load();
    assert.deepEqual(
      { ...object.variables },
      {
        small: 0x7f,
        big: 0x1122334455667788n,
        negative: -5,
        name: "tsbpf",
        corner: { x: -1, y: 300 },
        path: [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
          { x: 5, y: 6 },
        ],
        on: true,
        counter: 0,
        total: 0n,
        scratch: "",
        limit: 100,
        greeting: "hello",
        verbose: false,
        origin: { x: 0, y: 0 },
        "use.__format": "%s",
      },
    );
    object.close();
  });
});

test("variables are set before the load and live after it: the program sees and changes them", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load({
      set: { limit: 3, corner: { x: 5, y: 6 }, name: "xyz", counter: 1 },
    });
    assert.equal(object.variables["limit"], 3);
    assert.deepEqual(object.variables["corner"], { x: 5, y: 6 });
    assert.equal(object.variables["counter"], 1);
    object.attach();
    makeSystemCalls();
    object.detach();
    // Bounded by the constant: the program has seen it.
    assert.equal(object.variables["counter"], 3);
    assert.ok((object.variables["total"] as bigint) > 0n);
    assert.equal((object.variables["scratch"] as string)[0], "y");
    const live = object.variables as Record<string, unknown>;
    live["counter"] = 0;
    live["big"] = 1n;
    live["path"] = [{ x: 9, y: 9 }, {}, {}];
    assert.equal(object.variables["counter"], 0);
    assert.equal(object.variables["big"], 1n);
    assert.deepEqual((object.variables["path"] as unknown[])[0], { x: 9, y: 9 });
    object.attach();
    makeSystemCalls();
    object.detach();
    assert.equal(object.variables["counter"], 3);
    object.close();
  });
});

test("constants are frozen after the load (RULES 19): writing says how to do it", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load();
    const error = await errorOf(() => ((object.variables as Record<string, unknown>)["limit"] = 1));
    assert.equal(error["code"], "ARGUMENT");
    assert.match(
      error.message,
      /\.rodata is frozen once the programs are loaded \(set it before: load\(\{ set: \{ limit/,
    );
    const refused = await errorOf(() => object.requireMap(".rodata").set(0, new Uint8Array(16)));
    assert.match(refused.message, /frozen|bytes/);
    object.close();
  });
});

test("a wrong value names the variable and leaves nothing", async () => {
  await leakFree(async () => {
    for (const [name, value] of [
      ["small", 256],
      ["big", "1"],
      ["corner", { x: 40000 }],
      ["on", 5],
    ] as const) {
      const error = await errorOf(() => source("globals_basic").load({ set: { [name]: value } }));
      assert.equal(error["code"], "ARGUMENT", error.message);
      assert.ok(error.message.startsWith(`globals_basic.bpf.o: variable "${name}": `), error.message);
    }
  });
});

test("a constant decides what the verifier sees: dead code is not looked at", async () => {
  await leakFree(async () => {
    const object = await source("rodata_guard").load();
    object.close();
  });
});

test("without BTF variables are bytes", async () => {
  await leakFree(async () => {
    const object = await source("no_btf").load();
    for (const name of Object.keys(object.variables)) assert.ok(object.variables[name] instanceof Uint8Array);
    object.close();
  });
});

test("sections of every kind hold their variables", async () => {
  await leakFree(async () => {
    for (const name of [
      "globals_custom",
      "globals_static",
      "globals_weak",
      "globals_strings",
      "globals_pointers",
    ]) {
      const object = await source(name).load();
      const live = object.variables as Record<string, unknown>;
      for (const variable of object.spec.variables) {
        const value = live[variable.name];
        const map = object.spec.maps.find((one) => one.name === variable.map);
        if (map?.origin === "rodata" || map?.origin === "kconfig") continue;
        live[variable.name] = value;
        assert.deepEqual(live[variable.name], value, `${name}: ${variable.name}`);
      }
      object.close();
    }
  });
});

test("globals of an arena have their first values (RULES 24)", async (t) => {
  await leakFree(async () => {
    let object: LoadedObject;
    try {
      object = await source("map_arena").load();
    } catch (error) {
      // Arenas came with Linux 6.9; the kernel itself has to say that it has none.
      assert.equal((error as { code?: unknown }).code, "KERNEL_FEATURE", String(error));
      return t.skip(String(error));
    }
    assert.deepEqual(object.variables["list"], [1, 2, 3, 0, 0, 0, 0, 0]);
    assert.equal(object.variables["counter"], 0n);
    object.variables["counter"] = 7n;
    assert.equal(object.variables["counter"], 7n);
    return object.close();
  });
});
