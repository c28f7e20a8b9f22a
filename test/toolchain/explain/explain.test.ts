import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTarget } from "../../../src/toolchain/clang/index.ts";
import { explainCompile, type CompileExplanation } from "../../../src/toolchain/explain/index.ts";
import { openProject, projectSettings, rememberedClang } from "../../../src/toolchain/project/index.ts";
import { sandbox } from "../project/sandbox.ts";

async function explain(files: Readonly<Record<string, string>>, config = {}): Promise<CompileExplanation> {
  const folder = sandbox({ "tsbpf.config.json": JSON.stringify(config), ...files });
  const project = await openProject(folder);
  const settings = { ...projectSettings(project, parseTarget("x86")), systemHeaders: false };
  return await explainCompile({
    clang: rememberedClang(project),
    settings,
    source: "a.bpf.c",
    directory: project.root,
  });
}

const answers = ({ includes }: CompileExplanation): string[] =>
  includes.map(
    ({ directive, file, folder, asked }) =>
      `${directive.from}:${directive.line} ${directive.name} ${folder?.class ?? "own"} ${file} after ${asked.length}${directive.found === undefined ? ", again" : ""}`,
  );

test("each include directive: which class of folder answered, after how many others", async () => {
  const found = await explain(
    {
      "a.bpf.c":
        '#include "own.h"\n#include "quoted.h"\n\n#include <quoted.h>\n#include <plain.h>\n#include <system.h>\n#include <last.h>\n',
      "own.h": '#pragma once\n#include "deep.h"\n',
      "deep.h": '#include "own.h"\n',
      "quotes/quoted.h": "",
      "plain/plain.h": "",
      "plain/quoted.h": "",
      "system/system.h": "",
      "after/last.h": "",
      "after/plain.h": "#error not this one\n",
    },
    { iquote: ["quotes"], include: ["plain"], isystem: ["system"], idirafter: ["after"] },
  );
  const here = answers(found).filter((line) => /^(a\.bpf\.c|\.\/|own|deep)/.test(line));
  expect(here.map((line) => line.replaceAll("./", ""))).toEqual([
    "a.bpf.c:1 own.h own own.h after 0",
    "own.h:2 deep.h own deep.h after 0",
    "deep.h:1 own.h own own.h after 0, again",
    "a.bpf.c:2 quoted.h iquote quotes/quoted.h after 1",
    "a.bpf.c:4 quoted.h include plain/quoted.h after 0",
    "a.bpf.c:5 plain.h include plain/plain.h after 0",
    expect.stringMatching(/^a\.bpf\.c:6 system\.h isystem system\/system\.h after \d+$/),
    expect.stringMatching(/^a\.bpf\.c:7 last\.h idirafter after\/last\.h after \d+$/),
  ]);
  // What our own search says is what the compiler did.
  for (const { directive, file } of found.includes)
    if (directive.found !== undefined) expect(join(directive.found)).toBe(file);
});

test("a program written with a macro is shown as it is compiled", async () => {
  const { programs } = await explain({
    "a.bpf.c": [
      "struct pt_regs { unsigned long di, si; };",
      "#define BPF_KPROBE(name, args...) name(struct pt_regs *ctx); static int ____##name(struct pt_regs *ctx, ##args); \\",
      "int name(struct pt_regs *ctx) { return ____##name(ctx, ({ (int)ctx->di; })); } static int ____##name(struct pt_regs *ctx, ##args)",
      "// BPF_KPROBE(not_this, int x) {",
      "int BPF_KPROBE(open_file,",
      "               int flags)",
      "{",
      "  return flags;",
      "}",
    ].join("\n"),
  });
  expect(programs).toEqual([
    {
      name: "open_file",
      written: "BPF_KPROBE(open_file, int flags)",
      expanded: [
        "int open_file(struct pt_regs *ctx);",
        "static int ____open_file(struct pt_regs *ctx, int flags);",
        "int open_file(struct pt_regs *ctx) {",
        "    return ____open_file(ctx, ({ (int)ctx->di; }));",
        "}",
        "static int ____open_file(struct pt_regs *ctx, int flags)",
      ],
    },
  ]);
});

test("macros of the command line: the first place that asks for each", async () => {
  const { macros, flags, command } = await explain(
    { "a.bpf.c": "int x;\n#ifdef DEBUG\nint y;\n#elif LIMIT > 2\n#endif\n#if DEBUG\n#endif\n" },
    { define: { DEBUG: true, LIMIT: 3, UNUSED: 1 } },
  );
  expect(macros.map(({ macro, line, text }) => [macro, line, text])).toEqual([
    ["DEBUG", 2, "#ifdef DEBUG"],
    ["LIMIT", 4, "#elif LIMIT > 2"],
  ]);
  // Every argument is explained, but for the source and the folders, which have their own list.
  const explained = flags.map(([flag]) => flag.replace(/…$/, ""));
  const words = command.slice(command.indexOf("--target=bpfel"));
  const folder = /^-(iquote|isystem|idirafter)$/;
  const rest = words.filter(
    (word, index) =>
      !word.startsWith("-I") &&
      !folder.test(word) &&
      !folder.test(words[index - 1] ?? "") &&
      !explained.some((flag) => word.startsWith(flag)),
  );
  expect(rest).toEqual(["a.bpf.c"]);
});

test("a header that is missing: its directive, the folders without it, and what was found before", async () => {
  const found = await explain({ "a.bpf.c": '#include "there.h"\n#include "nowhere.h"\n', "there.h": "" });
  expect(answers(found)).toEqual([
    "a.bpf.c:1 there.h own there.h after 0",
    `a.bpf.c:2 nowhere.h own undefined after ${found.folders.length + 1}, again`,
  ]);
  expect(found.command.at(-1)).toBe("a.bpf.c");
});

test("names that the preprocessor escapes are the files' own", async () => {
  const { includes } = await explain({
    "a.bpf.c": '#include "größe # $x/a b.h"\n',
    "größe # $x/a b.h": '#include "deep.h"\n',
    "größe # $x/deep.h": "",
  });
  expect(includes.map(({ directive }) => directive.found)).toEqual([
    "./größe # $x/a b.h",
    "./größe # $x/deep.h",
  ]);
});
