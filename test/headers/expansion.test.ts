// docs/headers.md shows what the program macros expand to: block "c macro" is the source, "c expansion" the result.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBlocks } from "../docs/blocks.ts";
import { compilers, include } from "./compile-with-headers.ts";

const blocks = readBlocks(new URL("../../", import.meta.url), "docs/headers.md");
const written = blocks.filter(({ words }) => words[0] === "macro");
const shown = blocks.filter(({ words }) => words[0] === "expansion");

/** Tokens: where lines end and spaces stand makes no difference. */
const tokens = (text: string): string[] => text.match(/\w+|\S/g) ?? [];

function expand(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tsbpf-expansion-"));
  try {
    const file = join(folder, "t.c");
    const prologue =
      "#define __VMLINUX_H__\nstruct pt_regs { unsigned long di, si; };\n#include <bpf/usdt.bpf.h>\n";
    writeFileSync(file, `${prologue}the_macro_follows\n${source}`);
    const [program = "", ...leading] = compilers["clang from npm"] ?? [];
    const flags = `--target=bpf -E -P -nostdinc -D__TARGET_ARCH_x86 -I${include} ${file}`.split(" ");
    const text = execFileSync(program, [...leading, ...flags], { encoding: "utf8" });
    const own = text.slice(text.indexOf("the_macro_follows") + "the_macro_follows".length);
    return own.replaceAll(/^#pragma.*$/gm, "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("each macro that is shown has its expansion", () => {
  expect(written.length).toBeGreaterThan(1);
  expect(shown.length).toBe(written.length);
});

test.each(written.map(({ code }, index) => [code.trim(), shown[index]?.code ?? ""]))(
  "%s",
  (code, expansion) => {
    expect(tokens(expand(code))).toEqual(tokens(expansion));
  },
);
