import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBtf, essentialName, findCandidates, readBtf } from "../../../src/format/btf/index.ts";
import { composite, enumeration, int, prototype, reference } from "./types.ts";

describe("essential names (RULES 37)", () => {
  it.each([
    ["task_struct", "task_struct"],
    ["task_struct___old", "task_struct"],
    ["task_struct___v5_10", "task_struct"],
    ["foo___2", "foo"],
    ["a___b", "a"],
    // The last place counts.
    ["foo___bar___baz", "foo___bar"],
    // Exactly three underscores between other characters.
    ["foo__bar", "foo__bar"],
    ["foo____bar", "foo____bar"],
    ["___foo", "___foo"],
    ["foo___", "foo___"],
    ["foo____", "foo____"],
    ["_a___b", "_a"],
    ["a___b____c", "a"],
    ["", ""],
    ["___", "___"],
  ])("of %s is %s", (name, expected) => {
    expect(essentialName(name)).toBe(expected);
  });
});

describe("search by name", () => {
  const types = [
    int("int"),
    composite("struct", "file", 0, []),
    composite("struct", "file___old", 0, []),
    composite("union", "file", 0, []),
    enumeration("file___x", { A: 0n }),
    prototype(0),
    { kind: "func", name: "file", type: 6, linkage: "static" } as const,
    reference("typedef", 1, "filé"),
    reference("typedef", 1, "f"),
    reference("typedef", 1, "f___1"),
    composite("struct", "files", 0, []),
  ];
  const btf = readBtf(encodeBtf(types));

  it("finds whole names of every kind, functions included", () => {
    expect(btf.findAll(["file", "filé", "absent", "f", ""])).toEqual(
      new Map([
        ["file", [2, 4, 7]],
        ["filé", [8]],
        ["f", [9]],
      ]),
    );
    expect(btf.findAll([])).toEqual(new Map());
    expect(btf.findAll(["file"], ["func"])).toEqual(new Map([["file", [7]]]));
    expect(btf.findAll(["file"], [])).toEqual(new Map());
    expect(btf.find("file", "union")).toBe(4);
    expect(btf.find("file", "func")).toBe(7);
    expect(btf.find("file", "float")).toBeUndefined();
    expect(btf.find("file_", "struct")).toBeUndefined();
  });

  it("finds candidates by essential name, without functions (RULES 37, 38)", () => {
    expect(findCandidates(btf, ["file", "f", "files"])).toEqual(
      new Map([
        ["file", [2, 3, 4, 5]],
        ["f", [9, 10]],
        ["files", [11]],
      ]),
    );
    expect(findCandidates(btf, ["file"], ["enum", "enum64"])).toEqual(new Map([["file", [5]]]));
  });

  it("agrees with comparing every name", () => {
    const name = fc.stringMatching(/^[ab_é]{1,9}$/);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), fc.array(name, { maxLength: 5 }), (all, wanted) => {
        const some = readBtf(encodeBtf(all.map((text) => reference("typedef", 0, text))));
        for (const essential of [false, true]) {
          const expected = new Map<string, number[]>();
          all.forEach((text, index) => {
            const key = essential ? essentialName(text) : text;
            if (wanted.includes(key)) expected.set(key, [...(expected.get(key) ?? []), index + 1]);
          });
          expect(essential ? findCandidates(some, wanted) : some.findAll(wanted)).toEqual(expected);
        }
      }),
    );
  });
});
