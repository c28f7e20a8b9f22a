// Loading of every test object, and that a refused load leaves nothing.
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { release } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bpf, errorOf, leakFree, objects, source } from "./kernel-floor.js";
import { root } from "./sys-door.js";

/** What tsbpf takes although libbpf does not: sane, and only a matter of rules that libbpf made for itself. */
const acceptedHere = new Set(["map_legacy", "map_storage"]);

/** What index.json says of loading was found on this release; elsewhere differential.test.ts asks libbpf. */
const described = release().startsWith("6.18.");
const skip = described
  ? false
  : `index.json speaks of Linux 6.18, this is ${release()}: see differential.test`;

for (const object of objects) {
  if (object.endian !== "little") continue;
  const wanted = object.hostLoad === "yes" ? "loads" : "is refused with a reason";
  test(`${object.path} ${wanted}, and leaves nothing open`, { skip }, async () => {
    await leakFree(async () => {
      const path = fileURLToPath(new URL(`testdata/obj/${object.path}`, root));
      const autoload = Object.fromEntries(object.without.map((name) => [name, false]));
      const load = async (): Promise<void> => {
        const loaded = await bpf.readObjectFile(path).load({ autoload });
        try {
          for (const [name, program] of Object.entries(loaded.programs)) {
            assert.equal(program.info().name, name.slice(0, 15));
          }
          for (const name of Object.keys(loaded.variables)) {
            assert.notEqual(loaded.variables[name], undefined, name);
          }
        } finally {
          loaded.close();
        }
      };
      try {
        if (object.hostLoad === "yes" || acceptedHere.has(object.name)) return await load();
        const error = await errorOf(load);
        assert.ok(error instanceof Error && typeof error["code"] === "string", String(error.stack));
        assert.ok(error.message.startsWith(`${object.name}.bpf.o: `), error.message);
      } finally {
        for (const pin of object.pins) rmSync(`/sys/fs/bpf/${pin}`, { force: true });
      }
    });
  });
}

test("an object is loaded from a file, from bytes and again from the same source", async () => {
  await leakFree(async () => {
    const object = source("globals_basic");
    const first = await object.load();
    const second = await object.load({ set: { limit: 7 } });
    assert.equal(first.variables["limit"], 100);
    assert.equal(second.variables["limit"], 7);
    first.close();
    assert.equal(second.variables["big"], 0x1122334455667788n);
    second.close();
  });
});

test("a name that the object does not have is an ARGUMENT error with the one that was meant", async () => {
  await leakFree(async () => {
    const cases: [() => unknown, RegExp][] = [
      [
        () => source("globals_basic").load({ set: { limt: 1 } }),
        /no variable "limt" \(did you mean "limit"\?\)/,
      ],
      [
        () => source("globals_basic").load({ autoload: { uze: false } }),
        /no program "uze" \(did you mean "use"\?\)/,
      ],
      [() => source("map_percpu").load({ maps: { hahs: {} } }), /no map "hahs" \(did you mean "hash"\?\)/],
      [() => source("globals_basic").load({ optional: ["usee"] }), /no program "usee"/],
    ];
    for (const [body, message] of cases) {
      const error = await errorOf(body);
      assert.equal(error["code"], "ARGUMENT");
      assert.match(error.message, message);
    }
    const object = await source("globals_basic").load();
    for (const [body, message] of [
      [() => object.programs["usee"], /no program "usee" \(did you mean "use"\?\)/],
      [() => object.maps["bss"], /no map "bss"/],
      [() => object.variables["totl"], /no variable "totl" \(did you mean "total"\?\)/],
      [() => ((object.variables as Record<string, unknown>)["totl"] = 1n), /no variable "totl"/],
    ] as const) {
      assert.match((await errorOf(body)).message, message);
    }
    object.close();
  });
});

test("a refused load closes what it made and removes the pins it made (RULES 13)", async () => {
  await leakFree(async () => {
    const pin = "/sys/fs/bpf/tsbpf-refused";
    const error = await errorOf(() =>
      source("verifier_refusals").load({ autoload: { endless: true }, maps: { map: { pin } } }),
    );
    assert.equal(error["code"], "VERIFIER");
    assert.equal(existsSync(pin), false);
  });
});

test("an optional program that is refused is skipped with the reason", async () => {
  await leakFree(async () => {
    const object = await source("verifier_refusals").load({
      autoload: { endless: true, wrong_helper: true },
      optional: ["endless", "wrong_helper"],
    });
    assert.deepEqual(Object.keys(object.programs), ["fine"]);
    assert.deepEqual([...object.skipped.keys()].sort(), ["endless", "wrong_helper"]);
    assert.match(
      object.skipped.get("wrong_helper")?.message ?? "",
      /^program "wrong_helper": .*(cannot use helper|unknown func)/,
    );
    const error = await errorOf(() => object.programs["endless"]);
    assert.match(error.message, /program "endless" was skipped: /);
    object.close();
  });
});

test('a program of SEC("?…") is loaded when asked for (RULES 4), and says so when not', async () => {
  await leakFree(async () => {
    const object = await source("optional_programs").load({ autoload: { on_demand: true, always: false } });
    assert.deepEqual(Object.keys(object.programs), ["on_demand"]);
    assert.match(
      (await errorOf(() => object.programs["always"])).message,
      /is not loaded \(load\(\{ autoload: \{ always: true/,
    );
    object.close();
  });
});

test("an unknown tp_btf target is an error that says so (RULES 47)", async () => {
  await leakFree(async () => {
    const error = await errorOf(() => source("optional_programs").load({ autoload: { no_target: true } }));
    assert.equal(error["code"], "RELOCATION");
    assert.match(error.message, /no typedef "btf_trace_tsbpf_no_such_tracepoint" to attach to/);
  });
});

test("a map that is not created poisons the code that uses it (RULES 34)", async () => {
  await leakFree(async () => {
    const error = await errorOf(() => source("map_percpu").load({ maps: { hash: { create: false } } }));
    assert.equal(error["code"], "VERIFIER");
    assert.match(error.message, /cannot run on this kernel: map "hash" is not created/);
  });
});

test("constants are bound to the program that is loaded (RULES 21)", async () => {
  await leakFree(async () => {
    const object = await source("rodata_guard").load();
    const [program] = Object.values(object.programs);
    const rodata = object.requireMap(".rodata").info().id;
    assert.ok(program?.info().mapIds.includes(rodata));
    object.close();
  });
});

test("close is idempotent, and everything says CLOSED afterwards", async () => {
  const object = await source("globals_basic").load();
  const program = object.requireProgram("use");
  const map = object.requireMap(".bss");
  object.close();
  object.close();
  for (const body of [
    () => program.fd,
    () => program.attach(),
    () => map.get(0),
    () => [...map.keys()],
    () => object.variables["total"],
    () => ((object.variables as Record<string, unknown>)["total"] = 1n),
  ]) {
    assert.equal((await errorOf(body))["code"], "CLOSED");
  }
});
