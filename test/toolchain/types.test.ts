// What an editor knows of `import trace from "./trace.bpf.c"`: through the TypeScript server, after `tsbpf build`.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildUnits, findSources, openProject, planUnits } from "../../src/toolchain/project/index.ts";
import { TsServer } from "./tsserver.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbpf-types-")));
const server = new TsServer();
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const header = `// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
enum verdict {
  PASSED,
  DROPPED = 7,
};

struct event {
  int tgid; char comm[16];
  enum verdict verdict;
  struct { unsigned long long inner; };
};

typedef struct {
  int count;
} tally_t;
`;
const source = `// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf_helpers.h>
#include <bpf/tsbpf.h>
#include "shared/event.h"

struct {
  __uint(type, 27 /* ringbuf */);
  __uint(max_entries, 4096);
} events SEC(".maps");
EVENT_TYPE(events, struct event);

struct {
  __uint(type, 1 /* hash */);
  __uint(max_entries, 8);
  __type(key, int);
  __type(value, tally_t);
} tallies SEC(".maps");

int limit = 3; int other = 4;

SEC("tracepoint/syscalls/sys_enter_execve") int traced(void *context)
{
  return limit + other;
}

#define PROGRAM(name, argument) name(argument)
SEC("tracepoint/syscalls/sys_enter_exit")
int PROGRAM(
  by_macro, void *context)
{
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
`;
const user = `import trace, { Verdict, type Event } from "./bpf/trace.bpf.c";
const object = await trace.load();
object.programs.traced.attachTracepoint("a", "b");
object.programs.by_macro;
for await (const event of object.maps.events.events()) {
  const known: Event = event;
  const text: string = known.comm;
  const inner: bigint = event.inner;
  const passed: boolean = event.verdict === Verdict.DROPPED;
  console.log(text, inner, passed, event.tgid);
}
const count: number | undefined = object.maps.tallies.get(1)?.count;
object.variables.limit = count ?? 0;
object.variables.other;
`;
const wrong = `import trace from "./bpf/trace.bpf.c";
const object = await trace.load();
object.programs.tracde;
object.variables.limit = "3";
`;

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const main = join(folder, "src/main.ts");
beforeAll(async () => {
  write("tsbpf.config.json", "{}");
  write("src/bpf/trace.bpf.c", source);
  write("src/bpf/shared/event.h", header);
  write("src/main.ts", user);
  write("src/wrong.ts", wrong);
  write("package.json", '{ "type": "module" }');
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: ["node"],
    typeRoots: [join(repository, "node_modules/@types")],
    paths: { tsbpf: [join(repository, "src/index.ts")] },
  };
  const tsconfig = { extends: "./.tsbpf/tsconfig.json", compilerOptions, include: ["src"] };
  write("tsconfig.json", JSON.stringify(tsconfig));
  const project = await openProject(folder);
  for await (const { error } of buildUnits(project, planUnits(project, await findSources(project)))) {
    if (error !== undefined) throw error;
  }
  server.open(main);
}, 120_000);

/** `path:line:column` of the n-th occurrence of a text in a file of the project. */
function placeOf(path: string, text: string, skip = 0): string {
  const file = join(folder, path);
  const before = readFileSync(file, "utf8")
    .slice(0, -1)
    .split(text)
    .slice(0, skip + 1)
    .join(text)
    .split("\n");
  return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

describe("an import of a C source in an editor", () => {
  it("is typed", async () => {
    expect(await server.errors(main)).toEqual([]);
  }, 60_000);

  it("a wrong program name and a wrong type are errors", async () => {
    const file = join(folder, "src/wrong.ts");
    server.open(file);
    const [name, type] = await server.errors(file);
    expect(name).toMatch(/Property 'tracde' does not exist .*Did you mean 'traced'\?/);
    expect(type).toBe("Type 'string' is not assignable to type 'number'.");
  }, 60_000);

  const c = "src/bpf/trace.bpf.c";
  const h = "src/bpf/shared/event.h";
  it.each([
    ["a program", "traced.attach", c, "traced(void", 0],
    ["a program named in a macro over several lines", "by_macro;", c, "by_macro", 0],
    ["a map", "events.events", c, "events SEC", 0],
    ["a map with values", "tallies.get", c, "tallies SEC", 0],
    ["a variable", "limit =", c, "limit = 3", 0],
    ["a second variable in one line", "other;", c, "other = 4", 0],
    ["a struct in a header", "Event }", h, "event {", 0],
    ["a member", "comm;", h, "comm[16]", 0],
    ["a second member in one line", "tgid);", h, "tgid;", 0],
    ["a member of an anonymous struct", "inner;\n  const passed", h, "inner; }", 0],
    ["a member of a struct that has only a typedef", "count;", h, "count;", 0],
    ["an enum", "Verdict.", h, "verdict {", 0],
    ["an enumerator", "DROPPED", h, "DROPPED", 0],
  ])(
    "%s is defined in C",
    async (_, text, file, target, skip) => {
      expect(await server.definition(main, text)).toContain(placeOf(file, target, skip));
    },
    60_000,
  );

  it("the module itself is the C source", async () => {
    const start = `${join(folder, c)}:1:1`;
    expect(await server.definition(main, '/bpf/trace.bpf.c"')).toEqual([start]);
    expect(await server.definition(main, "trace.load")).toContain(start);
  });
});
