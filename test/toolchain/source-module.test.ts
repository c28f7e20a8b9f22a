// A C source as a module, without a bundler: what is compiled when, and that results say nothing of this machine.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { repairFiles, sourceModule } from "../../src/toolchain/bundler/source-module.ts";
import { buildUnits, openProject, planUnits } from "../../src/toolchain/project/index.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const licence = "// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n";
const source = `${licence}#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "value.h"
int value = VALUE;
SEC("kprobe/do_nothing") int traced(void *context)
{
  bpf_printk("%d", value);
  return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

function project(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "tsbpf-module-"));
  folders.push(folder);
  const all = {
    "tsbpf.config.json": "{}",
    "a.bpf.c": source,
    "value.h": `${licence}#define VALUE 1\n`,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function statusOf(folder: string, name: string): Promise<string> {
  const opened = await openProject(folder);
  for await (const { status, error } of buildUnits(opened, planUnits(opened, [join(folder, name)]))) {
    if (error !== undefined) throw error;
    return status;
  }
  throw new Error("nothing was built");
}

describe("a C source as a module", () => {
  it("names all that decides over it, and is compiled once", async () => {
    const folder = project();
    const first = await sourceModule(join(folder, "a.bpf.c"));
    const own = ["a.bpf.c", "value.h", "tsbpf.config.json"].map((name) => join(folder, name));
    expect(first.dependencies).toEqual(expect.arrayContaining(own));
    expect(first.dependencies.some((file) => file.endsWith("/bpf/bpf_helpers.h"))).toBe(true);
    expect(first.code).toContain('import { embeddedObject, codecSupport as s } from "tsbpf";');
    const object = join(folder, ".tsbpf/objects/x86/a.bpf.o").replace(
      "x86",
      process.arch === "arm64" ? "arm64" : "x86",
    );
    const { mtimeMs } = statSync(object);
    expect(await sourceModule(join(folder, "a.bpf.c"))).toEqual(first);
    expect(statSync(object).mtimeMs).toBe(mtimeMs);
    // Nothing beside the source.
    expect(existsSync(join(folder, "a.bpf.o"))).toBe(false);
    expect(existsSync(join(folder, ".tsbpf/types/a.bpf.d.c.ts"))).toBe(true);
    writeFileSync(join(folder, "value.h"), "#define VALUE 2\n");
    expect((await sourceModule(join(folder, "a.bpf.c"))).code).not.toBe(first.code);
  });

  it("several at once remember all of them", async () => {
    const folder = project({ "b.bpf.c": source, "deep/a.bpf.c": source.replace("value.h", "../value.h") });
    const files = ["a.bpf.c", "b.bpf.c", "deep/a.bpf.c"].map((name) => join(folder, name));
    await Promise.all(files.map((file) => sourceModule(file)));
    const { units } = JSON.parse(readFileSync(join(folder, ".tsbpf/build.json"), "utf8")) as {
      units: object;
    };
    expect(
      Object.keys(units)
        .map((key) => key.split(" ")[0])
        .sort(),
    ).toEqual(["a.bpf.c", "b.bpf.c", "deep/a.bpf.c"]);
  });

  it("another source's build does not make a changed header look old", async () => {
    const folder = project({ "b.bpf.c": `${licence}#include "b.h"\nint other = 1;\n`, "b.h": licence });
    expect(await statusOf(folder, "a.bpf.c")).toBe("built");
    writeFileSync(join(folder, "value.h"), "#define VALUE 3\n");
    expect(await statusOf(folder, "b.bpf.c")).toBe("built");
    expect(await statusOf(folder, "b.bpf.c")).toBe("fresh");
    expect(await statusOf(folder, "a.bpf.c")).toBe("built");
  });

  it("a shared header that one of two sources was built with makes the other one old", async () => {
    const folder = project({ "b.bpf.c": source });
    expect(await statusOf(folder, "a.bpf.c")).toBe("built");
    expect(await statusOf(folder, "b.bpf.c")).toBe("built");
    writeFileSync(join(folder, "value.h"), "#define VALUE 4\n");
    expect(await statusOf(folder, "b.bpf.c")).toBe("built");
    expect(await statusOf(folder, "a.bpf.c")).toBe("built");
    expect(await statusOf(folder, "a.bpf.c")).toBe("fresh");
  });

  it("after a refusal what may repair it is known, also on the first try", async () => {
    const folder = project({ "value.h": "#error not yet\n" });
    const file = join(folder, "a.bpf.c");
    const error = await sourceModule(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "COMPILE" });
    const files = await repairFiles(file, error);
    expect(files).toEqual(
      expect.arrayContaining([file, join(folder, "value.h"), join(folder, "tsbpf.config.json")]),
    );
  });

  it("a project for big-endian machines only is refused", async () => {
    const folder = project({ "tsbpf.config.json": '{ "target": "s390" }' });
    await expect(sourceModule(join(folder, "a.bpf.c"))).rejects.toThrow(
      /expected a little-endian target .*found s390/,
    );
  });

  it("the same source in two folders gives the same bytes", async () => {
    const texts = [];
    for (const folder of [project(), project()]) {
      await statusOf(folder, "a.bpf.c");
      const { code } = await sourceModule(join(folder, "a.bpf.c"));
      const files = ["a.bpf.gen.ts", "a.bpf.o", ".tsbpf/types/a.bpf.d.c.ts", ".tsbpf/types/a.bpf.d.c.ts.map"];
      texts.push([code, ...files.map((name) => readFileSync(join(folder, name), "latin1"))]);
      // Neither of tsbpf's headers nor of the cache.
      expect(texts.flat().filter((text) => text.includes(process.cwd()) || text.includes(tmpdir()))).toEqual(
        [],
      );
    }
    expect(texts[0]).toEqual(texts[1]);
  });
});
