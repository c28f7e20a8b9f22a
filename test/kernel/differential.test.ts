// Every test object, loaded by libbpf and by tsbpf: the kernel must end up with the same.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { release } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bpf, errorOf, leakFree, objects } from "./kernel-floor.js";
import { root } from "./sys-door.js";
import { compareFacts, formatDifference } from "./differential/compare.js";
import { factsOf } from "./differential/load-here.js";
import { isExpected } from "./differential/on-purpose.js";
import { findReferenceLoader, isOlder } from "./differential/reference-loader.js";
import { refusalOf } from "./differential/refusals.js";

const loader = findReferenceLoader();
const pinRoot = `/sys/fs/bpf/tsbpf-differential-${process.pid}`;

test("the reference loader is there", (t) => {
  if (typeof loader !== "string") return;
  assert.notEqual(process.env["CI"], "true", loader);
  t.skip(loader);
});

for (const object of objects) {
  if (object.hostLoad !== "yes") continue;
  const path = fileURLToPath(new URL(`testdata/obj/${object.path}`, root));
  test(`${object.path}: the kernel holds what libbpf would have loaded, and nothing after close()`, async (t) => {
    if (typeof loader === "string") return t.skip(loader);
    const autoload = Object.fromEntries(object.without.map((name) => [name, false]));
    const reference = loader.load(path, object.without);
    if (isOlder(reference.libbpf, object.libbpf)) {
      return t.skip(`libbpf ${reference.libbpf} cannot read it, ${object.libbpf} can`);
    }
    if (reference.error !== undefined) {
      // Another kernel than the one that the index speaks of: both or none (object-load.test.ts has that one).
      t.diagnostic(`libbpf refuses it here: ${reference.log.trim().split("\n").at(-1) ?? ""}`);
      const error = await errorOf(async () => (await bpf.readObjectFile(path).load({ autoload })).close());
      assert.equal(typeof error["code"], "string", error.stack);
      return undefined;
    }
    mkdirSync(pinRoot);
    let pins: readonly string[] = [];
    const unpin = (): void => {
      pins = readdirSync(pinRoot);
      rmSync(pinRoot, { recursive: true });
    };
    const ours = await factsOf(loader, path, { autoload, pinRoot }, unpin).finally(() =>
      rmSync(pinRoot, { recursive: true, force: true }),
    );
    const differences = compareFacts(reference, ours).filter(
      (difference) => !isExpected(object.name, difference),
    );
    assert.deepEqual(differences.map(formatDifference), []);
    assert.deepEqual([...pins].sort(), [...object.pins].sort(), "pins");
    return undefined;
  });
}

for (const object of objects) {
  if (object.hostLoad === "yes") continue;
  const refusal = refusalOf(object);
  const path = fileURLToPath(new URL(`testdata/obj/${object.path}`, root));
  const load = async (): Promise<void> => (await bpf.readObjectFile(path).load()).close();
  if (refusal === "taken") {
    test(`${object.path}: libbpf refuses it, tsbpf takes it`, () => leakFree(load));
    continue;
  }
  test(`${object.path}: refused as ${refusal.code}`, (t) =>
    leakFree(async () => {
      if (refusal.kernelDecides && typeof loader !== "string" && loader.load(path).error === undefined) {
        t.diagnostic("libbpf loads it here");
        return load();
      }
      const error = await errorOf(load);
      if (refusal.since !== undefined && Number.parseFloat(release()) < refusal.since) {
        assert.equal(error["code"], "RELOCATION", error.stack);
      } else {
        assert.equal(error["code"], refusal.code, error.stack);
        assert.match(error.message, refusal.message);
      }
      assert.ok(error.message.startsWith(`${object.name}.bpf.o: `), error.message);
      assert.doesNotMatch(error.message, /undefined|NaN|\[object|\n/);
    }));
}
