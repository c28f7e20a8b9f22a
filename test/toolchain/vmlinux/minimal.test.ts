import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readBtf } from "../../../src/format/btf/index.ts";
import type { CompileRequest } from "../../../src/toolchain/clang/index.ts";
import {
  openProject,
  projectSettings,
  rememberedClang,
  withSettings,
} from "../../../src/toolchain/project/index.ts";
import { minimalHeader } from "../../../src/toolchain/vmlinux/index.ts";
import { tinyKernel } from "./tiny-kernel.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbpf-minimal-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = tinyKernel();
const btf = readBtf(bytes);
writeFileSync(join(folder, "kernel.btf"), bytes);

const opening = `#include "vmlinux.h"
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
char LICENSE[] SEC("license") = "GPL";
`;

async function request(
  name: string,
  text: string,
  define: Record<string, true> = {},
): Promise<CompileRequest> {
  writeFileSync(join(folder, name), text);
  const btfFile = join(folder, "kernel.btf");
  const project = withSettings(await openProject(folder), { btf: btfFile, define, target: process.arch });
  const [target] = project.targets;
  if (target === undefined) throw new Error("this machine is no target");
  return {
    clang: rememberedClang(project),
    settings: projectSettings(project, target),
    source: name,
    directory: folder,
  };
}

async function minimal(text: string, define: Record<string, true> = {}): Promise<string> {
  const header = await minimalHeader(btf, [await request("source.bpf.c", text, define)]);
  return new TextDecoder().decode(header.bytes);
}

const program = (body: string): string =>
  `${opening}SEC("raw_tp/x") int prog(void *ctx) { struct task *task = ctx; ${body} }\n`;

// What `minimalHeader` returns was compared with the whole header by compiling; here is what it must not contain.
test.each<readonly [string, string, readonly string[], readonly string[]]>([
  [
    "a member",
    program("return BPF_CORE_READ(task, pid);"),
    ["struct task {", "pid_t;"],
    ["struct mm {", "wake_task"],
  ],
  [
    "structs that only pointers lead to",
    program("return BPF_CORE_READ(task, group, leader, in.x);"),
    ["struct group {", "struct mm {", "struct inner {", "atomic64_t;"],
    ["struct unneeded {", "union either {"],
  ],
  [
    "macros",
    `#define OF(NAME) struct NAME\n${program("OF(group) *g = (void *)task; return BPF_CORE_READ(g, live.counter);")}`,
    ["struct group {"],
    ["struct mm {"],
  ],
  [
    "a flavour of the source's own, and the type it is compared with",
    `${opening}struct task___old { int state; } __attribute__((preserve_access_index));
SEC("raw_tp/x") int prog(void *ctx) { struct task___old *t = ctx; struct task *n = ctx;
  return bpf_core_field_exists(t->state) ? BPF_CORE_READ(t, state) : BPF_CORE_READ(n, pid); }`,
    ["struct task {"],
    ["struct task_alternative {", "task___old"],
  ],
  [
    "a type in a cast",
    program("return bpf_core_type_exists(struct named_in_cast) + bpf_core_type_size(union either) + !task;"),
    ["struct named_in_cast {", "union either {"],
    ["struct group {"],
  ],
  ["constants", program("return task ? GREEN : FREE;"), ["enum color {", "FREE = 5"], ["LOOSE_A"]],
  ["a constant within a struct", program("return task ? LOOSE_B : 0;"), ["LOOSE_B = 4"], ["GREEN"]],
  [
    "a typedef",
    program("u32 count = task != 0; return count;"),
    ["typedef unsigned int u32;"],
    ["atomic64_t"],
  ],
  ["a kernel function", program("return wake_task(task, 1);"), ["wake_task("], ["unused_kfunc"]],
  [
    "a bitfield",
    program("return BPF_CORE_READ_BITFIELD_PROBED(task->mm, dumpable);"),
    ["struct mm {"],
    ["struct group {"],
  ],
])("%s", async (_, text, present, absent) => {
  const header = await minimal(text);
  for (const part of present) expect(header).toContain(part);
  for (const part of absent) expect(header).not.toContain(part);
});

test("options of the compiler decide what is needed", async () => {
  const text = `${opening}
#ifdef WITH_GROUP
struct group *group;
#endif
SEC("raw_tp/x") int prog(void *ctx) { return 0; }`;
  expect(await minimal(text)).not.toContain("struct group {");
  expect(await minimal(text, { WITH_GROUP: true })).toContain("struct group {");
});

test("several sources share a header", async () => {
  const one = await request("one.bpf.c", program("return BPF_CORE_READ(task, pid);"));
  const other = await request("other.bpf.c", program("return task ? GREEN : 0;"));
  const header = new TextDecoder().decode((await minimalHeader(btf, [one, other])).bytes);
  expect(header).toContain("struct task {");
  expect(header).toContain("enum color {");
});

test("an earlier result beside the source is not what the next one is made from", async () => {
  const stale = "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\nstruct task { int stale; };\n#endif\n";
  writeFileSync(join(folder, "vmlinux.h"), stale);
  try {
    expect(await minimal(program("return BPF_CORE_READ(task, pid);"))).toContain("pid_t pid;");
  } finally {
    rmSync(join(folder, "vmlinux.h"));
  }
});

test("a source without vmlinux.h has no use for one", async () => {
  await expect(minimal("int x;\n")).rejects.toMatchObject({
    code: "ARGUMENT",
    message: expect.stringContaining('expected an #include "vmlinux.h"') as string,
  });
});

test("a source that does not compile says so in the compiler's words", async () => {
  await expect(minimal(program("return task->nothing;"))).rejects.toMatchObject({ code: "COMPILE" });
});
