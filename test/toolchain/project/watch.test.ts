import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { nextChange, openProject } from "../../../src/toolchain/project/index.ts";
import { build, program, put, sandbox } from "./sandbox.ts";

const source = `#include "value.h"\n${program("a", "return VALUE;")}`;

async function built(): Promise<{
  folder: string;
  wait: (signal?: AbortSignal) => Promise<string | undefined>;
}> {
  const folder = sandbox({ "tsbpf.config.json": "{}", "a.bpf.c": source, "value.h": "#define VALUE 1\n" });
  await build(folder);
  const project = await openProject(folder);
  return { folder, wait: (signal = AbortSignal.timeout(10_000)) => nextChange(project, signal) };
}

test("a header, a new source, the config: each ends the waiting", async () => {
  const { folder, wait } = await built();
  mkdirSync(join(folder, "sub"));
  for (const [file, text] of [
    ["value.h", "#define VALUE 2\n"],
    ["sub/new.bpf.c", program("b")],
    ["tsbpf.config.json", '{ "mcpu": "v2" }'],
  ] as const) {
    const changed = wait();
    await sleep(100); // until it watches
    put(join(folder, file), text);
    expect(await changed).toBe(join(folder, file));
    await build(folder);
  }
});

test("what changed between the build and the watching is not missed", async () => {
  const { folder, wait } = await built();
  put(join(folder, "value.h"), "#define VALUE 3\n");
  expect(await wait()).toBe(join(folder, "value.h"));
});

test("results and other files wake nobody; an abort ends it", async () => {
  const { folder, wait } = await built();
  const stop = new AbortController();
  const changed = wait(stop.signal);
  await sleep(100);
  await build(folder, { force: true });
  put(join(folder, "notes.txt"), "…");
  await sleep(200);
  stop.abort();
  expect(await changed).toBeUndefined();
});
