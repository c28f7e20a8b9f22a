import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeBtf, findCandidates, printC, readBtf, type BtfType } from "../../../src/format/btf/index.ts";
import {
  compileBtf,
  compilers,
  hasBitfields,
  layoutDifferences,
  uniqueRecords,
  withAssertions,
} from "./compile-header.ts";

/** World-readable on every kernel with CONFIG_DEBUG_INFO_BTF (5.4 and later). */
const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

function missing(): string | undefined {
  try {
    accessSync(KERNEL_BTF, constants.R_OK);
    return undefined;
  } catch (error) {
    return `${KERNEL_BTF}: ${String(error)}`;
  }
}

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

const reason = missing();

describe.skipIf(reason !== undefined)(`the running kernel's BTF ${reason ?? ""}`, () => {
  const bytes = reason === undefined ? new Uint8Array(readFileSync(KERNEL_BTF)) : new Uint8Array();
  const btf = readBtf(reason === undefined ? bytes : encodeBtf([]));

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
    (_, command) => {
      const found = readBtf(compileBtf(command, withAssertions(printC(btf), btf)));
      expect(layoutDifferences(btf, found)).toEqual([]);
      // The comparison did see them all.
      const compared = uniqueRecords(found);
      const wanted = [...uniqueRecords(btf)].filter(([, id]) => hasBitfields(btf, id));
      expect(wanted.length).toBeGreaterThan(100);
      expect(wanted.filter(([name]) => !compared.has(name))).toEqual([]);
    },
    60_000,
  );

  it("declares the same names as bpftool", ({ skip }) => {
    const theirs = bpftool("btf", "dump", "file", KERNEL_BTF, "format", "c");
    if (theirs === undefined) return skip("bpftool is not installed");
    // Typedefs by their name: bpftool writes `* const`, and lets the compiler say what a va_list is.
    const typedefName = (line: string): string =>
      /(\w+)(?:\)\(.*|\(.*|\)?\[.*)?;$/u.exec(line.replaceAll("* ", "*"))?.[1] ?? line;
    const names = (text: string): string[] =>
      [
        ...text.matchAll(/^(?:struct|union|enum) \w+(?= \{)/gmu),
        ...text.matchAll(/^\t+(?!\w+ \w)\w+(?= = )/gmu),
        ...text.matchAll(/^typedef .*;$/gmu),
      ]
        .map(([match]) => (match.startsWith("typedef") ? `typedef ${typedefName(match)}` : match.trim()))
        .sort();
    const without = names(theirs);
    expect(without.length).toBeGreaterThan(10_000);
    expect(names(printC(btf))).toEqual(without);
    return undefined;
  }, 60_000);
});
