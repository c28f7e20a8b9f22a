import type fs from "node:fs";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { openProject, ProjectWatch } from "../../../src/toolchain/project/index.ts";
import { build, outcome, program, put, sandbox } from "./sandbox.ts";

const limit = vi.hoisted(() => ({ code: "" }));
vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  const watch = (...args: Parameters<typeof real.watch>) => {
    if (limit.code !== "") throw Object.assign(new Error("used up"), { code: limit.code });
    return real.watch(...args);
  };
  return { ...real, watch, default: { ...real, watch } };
});

const source = `#include "value.h"\n${program("a", "return VALUE;")}`;
const open: ProjectWatch[] = [];
const notes: string[] = [];
afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
  notes.length = 0;
  limit.code = "";
});

async function watched(files: Readonly<Record<string, string>> = {}): Promise<{
  folder: string;
  watch: ProjectWatch;
  next: (milliseconds?: number) => Promise<string | undefined>;
}> {
  const folder = sandbox({
    "tsbpf.config.json": "{}",
    "a.bpf.c": source,
    "value.h": "#define VALUE 1\n",
    ...files,
  });
  await build(folder);
  const watch = new ProjectWatch(await openProject(folder), (text) => void notes.push(text));
  open.push(watch);
  return { folder, watch, next: (milliseconds = 10_000) => watch.next(AbortSignal.timeout(milliseconds)) };
}

test("a header, the config, what an editor renames into place, a header that is deleted", async () => {
  const { folder, watch, next } = await watched({ "old.h": "" });
  const actions: readonly (readonly [string, () => void])[] = [
    ["value.h", () => put(join(folder, "value.h"), "#define VALUE 2\n")],
    ["tsbpf.config.json", () => put(join(folder, "tsbpf.config.json"), '{ "mcpu": "v2" }')],
    [
      "a.bpf.c",
      () => {
        writeFileSync(join(folder, ".a.bpf.c.swp"), `${source}int more;\n`);
        renameSync(join(folder, ".a.bpf.c.swp"), join(folder, "a.bpf.c"));
      },
    ],
    ["old.h", () => rmSync(join(folder, "old.h"))],
  ];
  for (const [file, action] of actions) {
    action();
    expect(await next()).toBe(join(folder, file));
    await build(folder);
    watch.update();
  }
});

test("new folders, also deep ones that come at once, and one that is replaced", async () => {
  const { folder, watch, next } = await watched();
  put(join(folder, "sub/deep/new.bpf.c"), program("b"));
  expect(await next()).toBe(join(folder, "sub/deep/new.bpf.c"));
  await build(folder);
  watch.update();
  put(join(folder, "sub/deep/new.bpf.c"), program("c"));
  expect(await next()).toBe(join(folder, "sub/deep/new.bpf.c"));
  await build(folder);
  watch.update();

  put(join(folder, "other/deep/new.bpf.c"), program("d"));
  await next();
  renameSync(join(folder, "sub"), join(folder, "aside"));
  renameSync(join(folder, "other"), join(folder, "sub"));
  await next();
  put(join(folder, "sub/deep/new.bpf.c"), program("e"));
  expect(await next()).toBe(join(folder, "sub/deep/new.bpf.c"));
});

test("what changes while a build runs is built by the next one, also if the first is refused", async () => {
  const { folder, watch, next } = await watched();
  put(join(folder, "a.bpf.c"), "int broken = ;\n");
  expect(await next()).toBe(join(folder, "a.bpf.c"));
  const building = build(folder);
  await sleep(20);
  put(join(folder, "a.bpf.c"), source);
  await building;
  watch.update();
  expect(await next()).toBe(join(folder, "a.bpf.c"));
  expect(outcome(await build(folder))).toBe("a.bpf.c built");
  watch.update();
  expect(await next(200)).toBeUndefined();
});

test("a refused source is no news until it changes", async () => {
  const { folder, watch, next } = await watched();
  put(join(folder, "a.bpf.c"), "int broken = ;\n");
  await next();
  await build(folder);
  watch.update();
  expect(await next(200)).toBeUndefined();
});

test("a header outside, through a link", async () => {
  const elsewhere = sandbox({ "real/value.h": "#define VALUE 1\n" });
  const folder = sandbox({ "tsbpf.config.json": "{}", "a.bpf.c": source });
  symlinkSync(join(elsewhere, "real/value.h"), join(folder, "value.h"));
  await build(folder);
  const watch = new ProjectWatch(await openProject(folder), () => undefined);
  open.push(watch);
  put(join(elsewhere, "real/value.h"), "#define VALUE 2\n");
  expect(await watch.next(AbortSignal.timeout(10_000))).toBe(join(elsewhere, "real/value.h"));
  expect((await build(folder))[0]?.reason).toBe("value.h changed");
});

test("many files at once are one change", async () => {
  const { folder, next } = await watched();
  for (let index = 0; index < 50; index++) put(join(folder, `many${index}.h`), "");
  expect(await next()).toContain("many");
  expect(await next(200)).toBeUndefined();
});

test("results and other files wake nobody", async () => {
  const { folder, next } = await watched();
  const changed = next(400);
  mkdirSync(join(folder, "empty"));
  await build(folder, { force: true });
  put(join(folder, "notes.txt"), "…");
  expect(await changed).toBeUndefined();
});

test.each([
  ["ENOSPC", "max_user_watches"],
  ["EMFILE", "max_user_instances"],
])("%s, the kernel's limit: it says so, and looks at the files itself", async (code, name) => {
  limit.code = code;
  const { folder, next } = await watched();
  expect(notes).toEqual([expect.stringContaining(`fs.inotify.${name} is used up`)]);
  put(join(folder, "value.h"), "#define VALUE 2\n");
  expect(await next()).toBe(join(folder, "value.h"));
  put(join(folder, "sub/new.bpf.c"), program("b"));
  expect(await next()).toBe(join(folder, "sub/new.bpf.c"));
});
