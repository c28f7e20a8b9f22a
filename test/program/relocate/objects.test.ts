import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { readBtf } from "../../../src/format/btf/index.ts";
import { disassembleLines } from "../../../src/format/insn/index.ts";
import {
  linkProgram,
  prepareObject,
  sanitiseBtf,
  type Machine,
} from "../../../src/program/relocate/index.ts";
import { readObject, type KconfigExtern, type ObjectSpec } from "../../../src/program/spec/index.ts";
import { features, machineOf } from "./support.ts";

interface IndexEntry {
  readonly path: string;
  readonly hostLoad: string;
}

const root = new URL("../../../testdata/obj/", import.meta.url);
const index = JSON.parse(readFileSync(new URL("index.json", root), "utf8")) as readonly IndexEntry[]; // our own file

function read(path: string): ObjectSpec | undefined {
  try {
    return readObject(new Uint8Array(readFileSync(new URL(path, root))), { name: path });
  } catch (error) {
    // Objects that are there to be refused when they are read.
    if (error instanceof TsbpfError) return undefined;
    throw error;
  }
}

/** Something that each extern takes. */
function configFor(spec: ObjectSpec): Map<string, string> {
  const text = ({ value }: KconfigExtern): string =>
    value === "string" ? '"text"' : value === "int" ? "7" : "y";
  return new Map(
    spec.externs.flatMap((extern) => (extern.kind === "kconfig" ? [[extern.name, text(extern)]] : [])),
  );
}

function machineFor(spec: ObjectSpec, btf: Machine["btf"]): Machine {
  return machineOf({
    btf,
    modules: () => [],
    kconfig: () => configFor(spec),
    symbols: (names) => new Map(names.map((name) => [name, [0xffff0000n]])),
  });
}

describe("objects of two compilers and both byte orders", () => {
  for (const { path } of index) {
    const spec = read(path);
    if (spec === undefined) continue;

    it(`${path}: against its own types CO-RE changes nothing`, () => {
      if (path.includes("kconfig_linux_unknown")) {
        // The one object that no kernel can answer.
        expect(() => prepareObject(spec, machineFor(spec, spec.btf))).toThrow("extern LINUX_NOT_KNOWN_YET");
        return;
      }
      const prepared = prepareObject(spec, machineFor(spec, spec.btf));
      for (const { spec: program, code, poisoned, explained } of prepared.programs) {
        const linked = linkProgram(spec, program);
        const print = (bytes: Uint8Array): Map<number, string> =>
          new Map(
            disassembleLines(bytes, { littleEndian: spec.littleEndian }).map(({ slot, text }) => [
              slot,
              text,
            ]),
          );
        const [before, after] = [print(linked.code), print(code)];
        const own = linked.coreRelocations.filter(({ instruction }) =>
          poisoned.every((poison) => poison.instruction !== instruction),
        );
        for (const { instruction, kind } of own) {
          // Ids are the kernel's; a bitfield may be loaded in another way than the compiler chose; and the last
          // two have two flavours of one struct, of which the other one's layout is as good an answer.
          if (kind.startsWith("type_id") || /bitfields|core_missing_guarded|headers_core_read/.test(path))
            continue;
          expect([instruction, after.get(instruction)]).toEqual([instruction, before.get(instruction)]);
        }
        // RULES 43 and the issue: every relocation is explained.
        expect(explained.length).toBeGreaterThanOrEqual(linked.coreRelocations.length);
      }
    });

    it(`${path}: BTF for the oldest kernels has the same ids`, () => {
      if (spec.btf === undefined) return;
      const none = { ...features, btfFunc: false, btfDatasec: false, btfFloat: false, btfDeclTag: false };
      const oldest = readBtf(sanitiseBtf(spec.btf, { ...none, btfTypeTag: false, btfEnum64: false }));
      expect(oldest.endId).toBeGreaterThanOrEqual(spec.btf.endId);
      const modern = new Set([
        "var",
        "datasec",
        "func",
        "func_proto",
        "float",
        "decl_tag",
        "type_tag",
        "enum64",
      ]);
      for (let id = 1; id < oldest.endId; id++) expect(modern.has(oldest.kind(id))).toBe(false);
    });
  }
});

const vmlinux = "/sys/kernel/btf/vmlinux";
describe.skipIf(!existsSync(vmlinux))("against the running kernel", () => {
  const kernel = existsSync(vmlinux) ? readBtf(new Uint8Array(readFileSync(vmlinux))) : undefined;
  for (const { path, hostLoad } of index) {
    // Fields and functions come and go with releases: of these objects every kernel since 6.1 has all.
    if (hostLoad !== "yes" || !/core_(fields|nested|enums|types|offsets)|trace_execve|event_/.test(path))
      continue;
    it(`${path} is prepared`, () => {
      const spec = read(path);
      if (spec === undefined) throw new Error("the object was refused");
      for (const { explained } of prepareObject(spec, machineFor(spec, kernel)).programs) {
        for (const { text } of explained) expect(text).toMatch(/ -> |^map "|^extern /);
      }
    });
  }
});
