// What is forgotten is reported, never closed behind anybody's back.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { objectPath } from "./kernel-floor.js";
import { built } from "./sys-door.js";

/** Loads an object in a child, forgets it after `ending`, collects garbage: warnings, and how many fds are left. */
function forget(ending: string): { warnings: string[]; left: number } {
  const script = `
    import { readdirSync, readlinkSync } from "node:fs";
    const { readObjectFile } = await import(${JSON.stringify(built("kernel/index.js"))});
    const warnings = [];
    process.on("warning", (warning) => warnings.push(warning.name + ": " + warning.message));
    const held = () => readdirSync("/proc/self/fd").filter((fd) => {
      try { return /bpf|btf/.test(readlinkSync("/proc/self/fd/" + fd)); } catch { return false; }
    }).length;
    await (async () => {
      const object = await readObjectFile(${JSON.stringify(objectPath("globals_basic"))}).load();
      const link = object.requireProgram("use").attach();
      ${ending}
    })();
    for (let round = 0; round < 20; round++) { gc(); await new Promise((done) => setTimeout(done, 5)); }
    console.log(JSON.stringify({ warnings, left: held() }));`;
  const args = ["--expose-gc", "--no-warnings", "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as { warnings: string[]; left: number };
}

test("an object that is forgotten unclosed gives warnings, and its fds stay open", () => {
  const { warnings, left } = forget("");
  for (const what of [
    'map ".bss"',
    'program "use"',
    'link of program "use" to raw tracepoint sys_enter',
    "BTF",
  ]) {
    const expected = `TsbpfLeakWarning: ${what} was garbage-collected without close()`;
    assert.ok(
      warnings.some((warning) => warning.startsWith(expected)),
      `${expected} among ${warnings.join("\n")}`,
    );
  }
  assert.ok(left >= 4);
});

test("an object that was closed gives none", () => {
  assert.deepEqual(forget("object.close();"), { warnings: [], left: 0 });
});
