import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findSources, openProject } from "../../../src/toolchain/project/index.ts";
import { sandbox } from "./sandbox.ts";

const files = [
  "a.bpf.c",
  "plain.c",
  ".hidden.bpf.c",
  ".hidden/b.bpf.c",
  "src/c.bpf.c",
  "src/deep/er/d.bpf.c",
  "src/node_modules/pkg/e.bpf.c",
  "node_modules/pkg/f.bpf.c",
  ".tsbpf/g.bpf.c",
  "größe/h i.bpf.c",
  "src/dir.bpf.c/j.bpf.c",
];

test.each([
  ["**/*.bpf.c", ["a.bpf.c", "größe/h i.bpf.c", "link.bpf.c", "linked/k.bpf.c", "src/c.bpf.c"]],
  ["src/**/*.bpf.c", ["src/c.bpf.c", "src/deep/er/d.bpf.c", "src/dir.bpf.c/j.bpf.c"]],
  ["none/**/*.bpf.c", []],
])("%s", async (sources, expected) => {
  const folder = sandbox(Object.fromEntries(files.map((file) => [file, ""])));
  const outside = sandbox({ "k.bpf.c": "" });
  symlinkSync(outside, join(folder, "linked"));
  symlinkSync("a.bpf.c", join(folder, "link.bpf.c"));
  symlinkSync("nothing", join(folder, "dangling.bpf.c"));
  const project = await openProject(folder);
  const found = await findSources({ ...project, config: { sources } });
  expect(found).toEqual(expect.arrayContaining(expected));
  expect(found.filter((path) => /node_modules|\.tsbpf|hidden|plain/.test(path))).toEqual([]);
  if (expected.length < 5) expect(found).toEqual(expected);
});

test("links in a circle end", async () => {
  const folder = sandbox({ "src/a.bpf.c": "" });
  symlinkSync("..", join(folder, "src/up"));
  symlinkSync(".", join(folder, "src/here"));
  expect(await findSources(await openProject(folder))).toContain("src/a.bpf.c");
});

test("several patterns, and what is excluded", async () => {
  const folder = sandbox({ "a/x.bpf.c": "", "b/y.bpf.c": "", "b/old.bpf.c": "" });
  const project = await openProject(folder);
  const find = (config: object) => findSources({ ...project, config });
  expect(await find({ sources: ["a/**/*.bpf.c", "b/**/*.bpf.c", "**/*.bpf.c"] })).toEqual([
    "a/x.bpf.c",
    "b/old.bpf.c",
    "b/y.bpf.c",
  ]);
  expect(await find({ exclude: "**/old.*" })).toEqual(["a/x.bpf.c", "b/y.bpf.c"]);
});
