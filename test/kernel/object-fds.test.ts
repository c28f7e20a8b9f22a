// The fds of a loaded object, and what happens when there are none left.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { leakFree, objectPath, openObjects, source } from "./kernel-floor.js";
import { built, root } from "./sys-door.js";

const O_CLOEXEC = 0o2000000;

test("fds are above stdio and do not pass to child processes (RULES 16)", async () => {
  await leakFree(async () => {
    const object = await source("globals_basic").load();
    const fds = [...Object.values(object.programs), ...Object.values(object.maps)].map(({ fd }) => fd);
    assert.ok(fds.length >= 3, `${openObjects().length} objects are open`);
    for (const fd of fds) {
      assert.ok(fd >= 3, String(fd));
      const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
      assert.ok((Number.parseInt(flags ?? "0", 8) & O_CLOEXEC) !== 0, `fd ${fd}: flags ${flags}`);
    }
    object.close();
  });
});

test("closed stdio: fds stay above 2 all the same (RULES 16)", () => {
  const code = `
    import { closeSync } from "node:fs";
    const { readObjectFile } = await import(${JSON.stringify(built("kernel/index.js"))});
    closeSync(0);
    const object = await readObjectFile(${JSON.stringify(objectPath("globals_basic"))}).load();
    const fds = [...Object.values(object.programs), ...Object.values(object.maps)].map(({ fd }) => fd);
    console.log(Math.min(...fds) >= 3);
    object.close();`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "inherit"],
  });
  assert.match(output, /true/);
});

test("no fds left is said so, whichever step meets it", () => {
  // The bundle: importing dist opens its 250 files at once.
  const code = `
    const { readObjectFile } = await import(${JSON.stringify(new URL("lib/index.js", root).href)});
    const source = readObjectFile(${JSON.stringify(objectPath("trace_execve"))});
    try {
      const object = await source.load();
      object.requireMap("perf_map").events();
      object.attach();
      object.close();
      console.log("loaded");
    } catch (error) {
      console.log(error.constructor.name, error.code, error.message);
    }`;
  const seen = new Set<string>();
  for (let limit = 18; limit <= 34; limit++) {
    const command = `ulimit -n ${limit}; exec ${process.execPath} --input-type=module -e '${code}'`;
    let output: string;
    try {
      output = execFileSync("/bin/sh", ["-c", command], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    } catch {
      continue; // Node itself cannot start with so few.
    }
    assert.match(
      output,
      /^loaded|EMFILE|ENFILE|Too many open files|too many open files/,
      `ulimit -n ${limit}`,
    );
    seen.add(output.split(" ")[0] ?? "");
  }
  assert.ok(seen.size >= 2, `expected a limit that is enough and one that is not: ${[...seen].join()}`);
});
