import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  encodeBtf,
  findCandidates,
  HeaderPrinter,
  printC,
  readBtf,
  type Btf,
  type BtfType,
} from "../../../src/format/btf/index.ts";
import { readBtfFile } from "../../../src/toolchain/vmlinux/btf-file.ts";
import {
  compileBtf,
  compilers,
  hasBitfields,
  layoutDifferences,
  printedRecords,
  withAssertions,
} from "./compile-header.ts";
import { kernelBtf, testKernels } from "./kernels.ts";

const { kernels, missing } = testKernels();

function bpftool(...args: string[]): string | undefined {
  try {
    return execFileSync("bpftool", args, {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}

/** Names that a header declares: tags, constants, typedefs by their name. */
function declaredNames(header: string): string[] {
  // bpftool writes `* const`, and lets the compiler say what a va_list is.
  const typedefName = (line: string): string =>
    /(\w+)(?:\)\(.*|\(.*|\)?\[.*)?;$/u.exec(line.replaceAll("* ", "*"))?.[1] ?? line;
  return [
    ...header.matchAll(/^(?:struct|union|enum) \w+(?= \{)/gmu),
    ...header.matchAll(/^\t+(?!\w+ \w)\w+(?= = )/gmu),
    ...header.matchAll(/^typedef .*;$/gmu),
    ...header.matchAll(/^extern .*;$/gmu),
  ]
    .map(([match]) => {
      if (match.startsWith("extern")) return /[ *](\w+)\((?!\()/u.exec(match)?.[1] ?? match;
      return match.startsWith("typedef") ? `typedef ${typedefName(match)}` : match.trim();
    })
    .sort();
}

it.runIf(missing.length > 0)(`not tested: ${missing.join("; ")}`, ({ skip }) => skip());

describe.each(kernels.map((kernel) => [kernel.name, kernel] as const))("BTF of %s", (_, kernel) => {
  const btf = kernelBtf(kernel);

  it("decodes completely", () => {
    expect(btf.endId).toBeGreaterThan(10_000);
    const differing: number[] = [];
    for (let id = 1; id < btf.endId; id++) {
      const type = btf.type(id);
      if (type.kind !== btf.kind(id) || type.name !== btf.name(id)) differing.push(id);
    }
    expect(differing).toEqual([]);
  }, 60_000);

  it("finds what every kernel has", () => {
    const found = findCandidates(btf, ["task_struct", "file", "pid_t", "no_such_type_anywhere"]);
    const [task = 0] = found.get("task_struct") ?? [];
    expect(btf.type(task)).toMatchObject({ kind: "struct", name: "task_struct" });
    expect(found.has("no_such_type_anywhere")).toBe(false);
    expect(btf.find("task_struct", "struct")).toBe(task);
    expect(btf.find("vfs_read", "func")).toBeGreaterThan(0);
  });

  it("is equal after encoding and decoding", () => {
    const types: BtfType[] = [];
    for (let id = 1; id < btf.endId; id++) types.push(btf.type(id));
    const again = readBtf(encodeBtf(types));
    expect(again.endId).toBe(btf.endId);
    for (let id = 1; id < btf.endId; id += 97) expect(again.type(id)).toEqual(btf.type(id));
  }, 60_000);

  it.each(compilers())(
    "printed as C, compiles with %s, every size, offset and bitfield as in the kernel",
    (__, command) => {
      expectSameLayout(command, printC(btf), btf, 1);
    },
    120_000,
  );

  it("declares the names that bpftool declares, and the kfuncs", ({ skip }) => {
    const theirs = bpftool("btf", "dump", "file", kernel.file, "format", "c");
    if (theirs === undefined) return skip("bpftool is not installed");
    // Those before 7.5 do not declare kfuncs.
    const names = declaredNames(theirs);
    const kfuncs = [...new HeaderPrinter(btf).kfuncs.ids.keys()];
    const withKfuncs = names.some((name) => kfuncs.includes(name)) ? names : [...names, ...kfuncs].sort();
    expect(names.length).toBeGreaterThan(10_000);
    expect(declaredNames(printC(btf))).toEqual(withKfuncs);
    return undefined;
  }, 60_000);

  it("declares what is tagged as a kfunc", () => {
    const tagged = new Set<string>();
    for (let id = 1; id < btf.endId; id++) {
      const type = btf.kind(id) === "decl_tag" ? btf.type(id) : undefined;
      if (type?.kind === "decl_tag" && type.name === "bpf_kfunc") tagged.add(btf.name(type.type));
    }
    const header = new HeaderPrinter(btf).whole();
    expect(header.functions).toBe(tagged.size);
    const text = new TextDecoder().decode(header.bytes);
    for (const name of tagged)
      expect(text).toMatch(new RegExp(`^extern .*\\b${name}\\(.*\\) __weak __ksym;$`, "m"));
  });

  const modules = Object.entries(kernel.modules);
  it.runIf(modules.length === 0)("not tested: there are no modules of this kernel", ({ skip }) => skip());

  describe.each(modules)("module %s", (name, file) => {
    const module = (): Btf => readBtfFile(file, btf);

    it("what it adds compiles behind the kernel's header, every size and offset as in the module", () => {
      const own = module();
      const whole = new TextDecoder().decode(new HeaderPrinter(own).whole().bytes);
      const added = new TextDecoder().decode(new HeaderPrinter(own).added(name).bytes);
      const [[, command] = ["", []]] = compilers();
      const both = printC(btf) + added.replace('#include "vmlinux.h"', "");
      expectSameLayout(command, both, own, own.firstId);
      // One header or two: the same declarations.
      expect(declaredNames(both)).toEqual(declaredNames(whole));
    }, 120_000);

    it("declares the names that bpftool declares", ({ skip }) => {
      const theirs = bpftool("-B", kernel.file, "btf", "dump", "file", file, "format", "c");
      if (theirs === undefined) return skip("bpftool is not installed, or too old");
      const ours = new Set(declaredNames(printC(module())));
      expect(declaredNames(theirs).filter((theirName) => !ours.has(theirName))).toEqual([]);
      return undefined;
    }, 60_000);
  });
});

function expectSameLayout(command: readonly string[], header: string, btf: Btf, from: number): void {
  const found = readBtf(compileBtf(command, withAssertions(header, btf, from)));
  expect(layoutDifferences(btf, found, from)).toEqual([]);
  // The comparison did see them all.
  const compared = printedRecords(found);
  const wanted = [...printedRecords(btf, from)].filter(([, id]) => hasBitfields(btf, id));
  if (from === 1) expect(wanted.length).toBeGreaterThan(100);
  expect(wanted.filter(([name]) => !compared.has(name))).toEqual([]);
}
