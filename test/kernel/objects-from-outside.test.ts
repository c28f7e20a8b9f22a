// Objects that we did not write: TSBPF_OBJECTS names a folder of them, which stays outside the repository.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import type * as Tsbpf from "../../dist/index.js";
import { leakFree } from "./kernel-floor.js";
import { built } from "./sys-door.js";
import { compareFacts, formatDifference } from "./differential/compare.js";
import { factsOf } from "./differential/load-here.js";
import { findReferenceLoader, type Answer, type ReferenceLoader } from "./differential/reference-loader.js";

// What dist holds is what the types above were made from.
const tsbpf = (await import(built("index.js"))) as typeof Tsbpf;
const folder = process.env["TSBPF_OBJECTS"] ?? "";
const pinRoot = `/sys/fs/bpf/tsbpf-outside-${process.pid}`;

/** Whether a file is an ELF relocatable of 64 bits for BPF, or for no machine as old compilers wrote (RULES 1). */
function isObject(path: string): boolean {
  const bytes = readFileSync(path);
  if (bytes.length < 64 || bytes.toString("latin1", 0, 5) !== "\x7fELF\x02") return false;
  const little = bytes[5] === 1;
  const type = little ? bytes.readUInt16LE(16) : bytes.readUInt16BE(16);
  const machine = little ? bytes.readUInt16LE(18) : bytes.readUInt16BE(18);
  return type === 1 && (machine === 247 || machine === 0);
}

function listObjects(): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && isObject(path))
    .sort();
}

const paths = folder === "" ? [] : listObjects();
const loader = paths.length === 0 ? "TSBPF_OBJECTS is not set" : findReferenceLoader();

/** libbpf's answer for the programs that this kernel takes, such as for an object that also has fentry programs. */
function loadWhatLoads(reader: ReferenceLoader, path: string): { reference: Answer; without: string[] } {
  const without: string[] = [];
  for (;;) {
    const reference = reader.load(path, without);
    const refused =
      reference.error &&
      /prog '([^']+)': (?:BPF program load failed|failed to load)/.exec(reference.log)?.[1];
    if (!refused || without.includes(refused)) return { reference, without };
    without.push(refused);
  }
}

test("objects from outside", (t) => {
  if (folder === "") return t.skip("TSBPF_OBJECTS does not name a folder of objects");
  assert.notEqual(paths.length, 0, `no BPF object in ${folder}`);
  assert.equal(typeof loader === "string" ? loader : "", "");
  return undefined;
});

for (const path of paths) {
  const name = relative(folder, path);

  test(`${name}: read, or refused with a reason`, () => {
    try {
      const { spec } = tsbpf.readObjectFile(path);
      assert.doesNotThrow(() => JSON.stringify(tsbpf.specToJson(spec)));
    } catch (error) {
      if (!(error instanceof tsbpf.TsbpfError)) throw error;
    }
  });

  test(`${name}: loaded if libbpf loads it, with the same tags`, async (t) => {
    if (typeof loader === "string") return t.skip(loader);
    const { reference, without } = loadWhatLoads(loader, path);
    const autoload = Object.fromEntries(without.map((program) => [program, false]));
    if (reference.error !== undefined) {
      t.diagnostic(`libbpf ${reference.libbpf} refuses it: ${reference.log.trim().split("\n").at(-1) ?? ""}`);
      mkdirSync(pinRoot);
      return leakFree(async () => {
        try {
          (await tsbpf.readObjectFile(path).load({ pinRoot })).close();
          t.diagnostic("tsbpf loads it");
        } catch (error) {
          if (!(error instanceof tsbpf.TsbpfError)) throw error;
          t.diagnostic(error.message);
        } finally {
          rmSync(pinRoot, { recursive: true });
        }
      });
    }
    mkdirSync(pinRoot);
    const unpin = (): void => rmSync(pinRoot, { recursive: true, force: true });
    const ours = await factsOf(loader, path, { autoload, pinRoot }, unpin).finally(unpin);
    const differences = compareFacts(reference, ours);
    t.diagnostic(`${reference.programs.length} programs, ${without.length} left out`);
    for (const difference of differences) t.diagnostic(formatDifference(difference));
    const tags = differences.filter(({ field }) => field === "tag" || field === "loaded");
    assert.deepEqual(tags.map(formatDifference), []);
    return undefined;
  });
}
