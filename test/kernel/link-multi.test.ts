// Links to many functions of a file, on the running kernel.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { bpf, errorOf, leakFree, source } from "./kernel-floor.js";
import { compileTarget, noCompiler, startTarget } from "./probe-target.js";

const skip = noCompiler;
const path = skip === undefined ? compileTarget("probed-multi") : "";

/** The objects's programs, as far as this kernel takes them. */
const load = async (tgid = 0) => {
  const object = await source("probes_multi").load({ optional: true, set: { tgid } });
  return { object, value: (name: string) => Number(object.variables[name]) };
};

/** Runs a body where the kernel has the feature; elsewhere the refusal must say so. */
async function where(t: TestContext, feature: RegExp, attach: () => { detach(): void }): Promise<boolean> {
  try {
    attach().detach();
    return true;
  } catch (error) {
    const refusal = error as Error & { code?: string };
    assert.equal(refusal.code, "KERNEL_FEATURE", refusal.message);
    assert.match(refusal.message, feature);
    t.skip(refusal.message);
    return false;
  }
}

test(
  "uprobe.multi: patterns, names, offsets; entry and return; cookies of their own",
  { skip },
  async (t) => {
    await leakFree(async () => {
      const { object, value } = await load();
      const entry = object.requireProgram("user_entry");
      const all = () => entry.attachUprobeMulti(path, "probed*");
      if (!(await where(t, /uprobe\.multi links \(Linux 6\.6 and later\)/, all))) return object.close();
      const target = startTarget(path);
      const link = all();
      const back = object.requireProgram("user_return").attachUprobeMulti(path, ["probed", "probed_more"]);
      assert.equal(link.info().type, "uprobe_multi");
      assert.equal(link.target, `uprobe.multi ${path}:probed*`);
      await target.call(10);
      assert.equal(value("hits"), 12, "probed ten times, probed_more and probed_hidden once");
      assert.equal(value("returns"), 11);
      link.detach();
      back.detach();
      await target.call(10);
      assert.equal(value("hits"), 12);
      const offset = bpf.symbolOffset(path, "probed_more");
      const named = entry.attachUprobeMulti(path, ["probed", { offset }], { cookies: [1, 1000n] });
      await target.call(3);
      assert.equal(value("hits"), 16);
      assert.equal(value("cookies"), 1003);
      named.detach();
      const same = entry.attachUprobeMulti(path, "probed*", { cookie: 5 });
      await target.call(1);
      assert.equal(value("cookies"), 1018);
      same.detach();
      await target.end();
      object.close();
    });
  },
);

test("uprobe.multi: only one process, and sessions see entry and return", { skip }, async (t) => {
  await leakFree(async () => {
    const { object, value } = await load();
    const entry = object.requireProgram("user_entry");
    const one = startTarget(path);
    const two = startTarget(path);
    const attach = () => entry.attachUprobeMulti(path, "probed", { pid: one.pid });
    if (await where(t, /uprobe\.multi links/, attach)) {
      const link = attach();
      await two.call(5);
      assert.equal(value("hits"), 0);
      await one.call(5);
      assert.equal(value("hits"), 5);
      link.detach();
      const own = entry.attachUprobeMulti(path, "probed", { pid: 0 });
      await one.call(5);
      assert.equal(value("hits"), 5, "0 is this process, not all (RULES 54)");
      own.detach();
      const session = object.skipped.has("user_session") ? undefined : object.requireProgram("user_session");
      const both = () => session?.attachUprobeMulti(path, "probed") ?? { detach: () => {} };
      if (session !== undefined && (await where(t, /uprobe sessions \(Linux 6\.13 and later\)/, both))) {
        const seen = both();
        await one.call(5);
        assert.equal(value("visits"), 10);
        seen.detach();
      }
    }
    await one.end();
    await two.end();
    object.close();
  });
});

test("uprobe.multi: what is refused", { skip }, async () => {
  await leakFree(async () => {
    const { object } = await load();
    const entry = object.requireProgram("user_entry");
    const cases: [() => unknown, RegExp][] = [
      [
        () => entry.attachUprobeMulti(path, "nothing*"),
        /expected functions that match nothing\*, found none/,
      ],
      [
        () => entry.attachUprobeMulti(path, ["probed", "probe"]),
        /expected a function probe in the file, found none/,
      ],
      [() => entry.attachUprobeMulti(path, []), /expected at least one place, found none/],
      [
        () => entry.attachUprobeMulti(path, "probed*", { cookies: [1] }),
        /expected no cookies with a pattern/,
      ],
      [
        () => entry.attachUprobeMulti(path, ["probed"], { cookies: [1, 2] }),
        /expected 1 cookies, one a place, found 2/,
      ],
      [
        () => entry.attachUprobe(path, "probed"),
        /attachUprobe expects a program for one place, found one for many/,
      ],
    ];
    for (const [body, message] of cases) {
      const error = await errorOf(body);
      assert.equal(error["code"], "ARGUMENT");
      assert.match(error.message, message);
    }
    object.close();
  });
});
