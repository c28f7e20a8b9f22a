// The generated table of helpers against its script, and against the kernels that are at hand.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readBtf } from "../../src/format/btf/index.ts";
import { compileText, compilers, include } from "./compile-with-headers.ts";

const header = readFileSync(join(include, "bpf/bpf_helper_defs.h"), "utf8");
/** Name without "bpf_" → number, as the header has it. */
const numbers = new Map(
  [...header.matchAll(/\(\*const bpf_(\w+)\)\(.*\) = \(void \*\)(\d+);$/gm)].map(
    ([, name = "", number]) => [name, Number(number)] as const,
  ),
);

test("the header is what its script makes of the table", () => {
  const script = fileURLToPath(new URL("../../scripts/gen-helper-defs.mjs", import.meta.url));
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
});

test("helpers 1 to 211, each once", () => {
  expect([...numbers.values()]).toEqual(Array.from({ length: 211 }, (_, index) => index + 1));
});

test.each(Object.entries(compilers))(
  "%s: the header compiles by itself after the integer types",
  (_, command) => {
    const text = `
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_helper_defs.h>
SEC("socket") int f(void *ctx) { return bpf_ktime_get_ns() + bpf_get_smp_processor_id(); }`;
    expect(compileText(text, [], command).length).toBeGreaterThan(0);
  },
);

describe("this machine's kernel", () => {
  const file = "/sys/kernel/btf/vmlinux";
  const missing = existsSync(file) ? "" : ` (skipped: this machine has no ${file})`;

  test.skipIf(missing !== "")(`gives the helpers that it knows the same numbers${missing}`, () => {
    const btf = readBtf(new Uint8Array(readFileSync(file)));
    const id = btf.find("bpf_func_id", "enum");
    const type = id === undefined ? undefined : btf.type(id);
    if (type?.kind !== "enum") throw new Error(`expected enum bpf_func_id, found ${type?.kind}`);
    let known = 0;
    for (const { name, value } of type.values) {
      const helper = /^BPF_FUNC_(\w+)$/.exec(name)?.[1];
      if (helper === undefined || helper === "unspec") continue;
      expect([helper, numbers.get(helper)]).toEqual([helper, Number(value)]);
      known++;
    }
    expect(known).toBeGreaterThan(100);
  });
});

describe("UAPI linux/bpf.h", () => {
  const file = "/usr/include/linux/bpf.h";
  const missing = existsSync(file) ? "" : ` (skipped: this machine has no ${file})`;

  test.skipIf(missing !== "")(`numbers its helpers alike${missing}`, () => {
    const text = readFileSync(file, "utf8");
    // FN(name, number, …) from 6.1 on, before that FN(name) in order
    const listed = [...text.matchAll(/^\s*FN\((\w+)(?:, (\d+))?/gm)];
    for (const [index, [, name = "", number]] of listed.entries()) {
      if (name === "unspec") continue;
      expect([name, numbers.get(name)]).toEqual([name, number === undefined ? index : Number(number)]);
    }
    expect(listed.length).toBeGreaterThan(100);
  });
});
