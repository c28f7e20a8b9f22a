import { describe, expect, it } from "vitest";
import {
  Alignment,
  alignOf,
  bitfieldOf,
  encodeBtf,
  readBtf,
  resolve,
  sizeOf,
  skipModifiers,
  type Btf,
  type BtfType,
} from "../../../src/format/btf/index.ts";
import { array, composite, enumeration, int, member, prototype, reference } from "./types.ts";

const of = (...types: BtfType[]): Btf => readBtf(encodeBtf(types));

describe("chains", () => {
  const btf = of(
    int(),
    reference("const", 1),
    reference("typedef", 2, "t"),
    reference("volatile", 3),
    reference("type_tag", 4, "user"),
    reference("restrict", 5),
    reference("ptr", 6),
  );

  it("skips modifiers up to a typedef, resolves through it", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((id) => skipModifiers(btf, id))).toEqual([1, 1, 3, 3, 3, 3, 7]);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((id) => resolve(btf, id))).toEqual([0, 1, 1, 1, 1, 1, 1, 7]);
  });

  it("refuses loops", () => {
    const loop = of(reference("const", 2), reference("typedef", 1, "t"), array(3, 1));
    for (const ask of [resolve, sizeOf, alignOf]) {
      expect(() => ask(loop, 1)).toThrow(
        "type 1: expected a type that ends, found a loop or more than 64 levels",
      );
    }
    expect(() => skipModifiers(of(reference("const", 1)), 1)).toThrow("a loop");
    expect(() => sizeOf(loop, 3)).toThrow("a loop");
    expect(() => alignOf(loop, 3)).toThrow("a loop");
    const nested = of(composite("struct", "s", 4, [member("a", 1, 0), member("b", 1, 0)]));
    expect(() => alignOf(nested, 1)).toThrow("a loop");
  });
});

describe("sizes and alignments", () => {
  const types: readonly (readonly [string, BtfType, number | string, number | string])[] = [
    ["int", int(), 4, 4],
    ["__int128", int("__int128", 16), 16, 16],
    ["pointer", reference("ptr", 0), 8, 8],
    ["array", array(1, 10), 40, 4],
    ["flexible array", array(1, 0), 0, 4],
    ["array of arrays", array(4, 3), 120, 4],
    ["enum", enumeration("e", { A: 0n }), 4, 4],
    ["enum64", enumeration("f", { B: 0n }, 8, "enum64"), 8, 8],
    ["double", { kind: "float", name: "double", size: 8 }, 8, 8],
    ["struct", composite("struct", "s", 16, [member("a", 1, 0), member("b", 3, 64)]), 16, 8],
    ["packed struct", composite("struct", "p", 12, [member("a", 1, 0), member("b", 3, 32)]), 12, 1],
    ["packed by size", composite("struct", "q", 5, [member("a", 1, 0)]), 5, 1],
    ["union", composite("union", "u", 8, [member("a", 1, 0), member("b", 3, 0)]), 8, 8],
    ["typedef", reference("typedef", 10, "t"), 16, 8],
    ["variable", { kind: "var", name: "v", type: 4, linkage: "global" }, 40, 4],
    ["void", reference("const", 0), "expected a type with a size", "expected a type with an alignment"],
    ["function type", prototype(0), "expected a type with a size", "expected a type with an alignment"],
    [
      "forward",
      { kind: "fwd", name: "w", union: false },
      "a type with a size, found fwd",
      "alignment, found fwd",
    ],
    ["4 GiB", array(1, 0x40000000), "expected a size below 4 GiB", 4],
  ];
  const btf = of(...types.map(([, type]) => type));

  it.each(types.map(([name, , size, alignment], index) => [name, index + 1, size, alignment] as const))(
    "%s",
    (_, id, size, alignment) => {
      if (typeof size === "number") expect(sizeOf(btf, id)).toBe(size);
      else expect(() => sizeOf(btf, id)).toThrow(size);
      if (typeof alignment === "number") expect(alignOf(btf, id)).toBe(alignment);
      else expect(() => alignOf(btf, id)).toThrow(alignment);
    },
  );

  it("tells packed structs (RULES 80)", () => {
    const alignment = new Alignment(btf);
    expect([10, 11, 12, 13].map((id) => alignment.isPacked(id))).toEqual([false, true, true, false]);
    const crossing = of(int(), composite("struct", "c", 8, [member("a", 1, 30, 4)]));
    expect(new Alignment(crossing).isPacked(2)).toBe(true);
  });
});

describe("bitfields", () => {
  it("come from the member, or from the int of compilers before kind_flag", () => {
    const btf = of(int(), { kind: "int", name: "flag", size: 4, bits: 3, offset: 5, encoding: "none" });
    expect(bitfieldOf(btf, member("a", 1, 8, 3))).toEqual(
      expect.objectContaining({ bitOffset: 8, bitSize: 3 }),
    );
    expect(bitfieldOf(btf, member("a", 1, 8))).toBeUndefined();
    expect(bitfieldOf(btf, member("a", 2, 32))).toEqual({ bitOffset: 37, bitSize: 3 });
  });
});
