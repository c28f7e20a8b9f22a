// Loads every object of testdata/obj with the reference loader and compares with its host-load line.
//
//   node test/reference/run.mjs LOADER [--json FILE] [NAME…]      (as root)
//
// LOADER is test/reference/loader.c, compiled (its head says how). Exits 1 when an object loads that
// should be refused or the other way round; --json keeps everything the loader said, by object path.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const objects = fileURLToPath(new URL("../../testdata/obj", import.meta.url));
const index = JSON.parse(readFileSync(join(objects, "index.json"), "utf8"));

const args = process.argv.slice(2);
const at = args.indexOf("--json");
const report = at < 0 ? undefined : args.splice(at, 2)[1];
const [loader, ...names] = args;
if (loader === undefined) throw new Error("usage: node test/reference/run.mjs LOADER [--json FILE] [NAME…]");

const results = {};
let wrong = 0;
let skipped = 0;
const older = (a, b) => Number(a.split(".")[1]) < Number(b.split(".")[1]);
for (const entry of index) {
  if (names.length > 0 && !names.includes(entry.name)) continue;
  const without = entry.without.flatMap((name) => ["--without", name]);
  const run = spawnSync(loader, [...without, join(objects, entry.path)], { encoding: "utf8" });
  if (run.status === null || run.status > 1) throw new Error(`${entry.path}: ${run.stderr} ${run.signal}`);
  const result = JSON.parse(run.stdout);
  results[entry.path] = result;
  // what this version of libbpf cannot read proves nothing
  if (older(result.libbpf, entry.libbpf)) {
    skipped++;
    continue;
  }
  const loaded = result.error === undefined;
  if (loaded !== (entry.hostLoad === "yes")) {
    wrong++;
    console.log(
      `${entry.path}: expected "${entry.hostLoad}", found ${loaded ? "loaded" : result.log.split("\n").slice(-8).join("\n")}`,
    );
  }
}
if (report !== undefined) writeFileSync(report, JSON.stringify(results, null, 1));
console.log(
  `${Object.keys(results).length} objects, ${wrong} other than expected, ${skipped} need a newer libbpf`,
);
process.exitCode = wrong === 0 ? 0 : 1;
