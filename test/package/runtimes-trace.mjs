// Run by runtimes.mjs in each runtime, as root: loads the example objects, attaches, reads typed events.
// Its last argument is the repository's URL.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = process.argv.at(-1);
const { readObjectFile } = await import(new URL("lib/index.js", root).href);
for (const [file, map] of [
  ["trace_execve", "perf_map"],
  ["trace_execve_ringbuf", "events"],
]) {
  const object = await readObjectFile(
    fileURLToPath(new URL(`testdata/obj/zig-21/${file}.bpf.o`, root)),
  ).load();
  const reader = object.requireMap(map).events();
  object.attach();
  const timer = setInterval(() => execFileSync("/bin/true"), 20);
  let seen = 0;
  for await (const event of reader) {
    if (event.fname !== "/bin/true" || event.ppid !== process.pid) continue;
    assert.equal(event.cookie, "trace_execve");
    assert.equal(typeof event.timestamp_ns, "bigint");
    if (++seen === 3) break;
  }
  clearInterval(timer);
  object.close();
}
console.log("events read");
