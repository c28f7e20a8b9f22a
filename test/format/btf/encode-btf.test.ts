import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BtfBuilder, encodeBtf, readBtf, type BtfEnum, type BtfType } from "../../../src/format/btf/index.ts";
import { composite, everyKind, int, member } from "./types.ts";

const decodeAll = (bytes: Uint8Array): BtfType[] => {
  const btf = readBtf(bytes);
  return Array.from({ length: btf.endId - 1 }, (_, index) => btf.type(index + 1));
};

/** Types whose ids are below `count`; decoding demands that they exist. */
function types(count: number): fc.Arbitrary<BtfType> {
  const id = fc.nat(count);
  const u32 = fc.nat(0xffffffff);
  const name = fc.oneof(fc.stringMatching(/^[a-z_]\w{0,8}$/), fc.constant("größe"));
  const maybe = fc.oneof(fc.constant(""), name);
  const linkage = fc.constantFrom("static", "global", "extern");
  const members = fc.array(
    fc.record({ name: maybe, type: id, bitOffset: fc.nat(0xffffff), bitSize: fc.nat(255) }),
    { maxLength: 4 },
  );
  const enumOf = (kind: "enum" | "enum64"): fc.Arbitrary<BtfEnum> =>
    fc.boolean().chain((signed) =>
      fc.record({
        kind: fc.constant(kind),
        name: maybe,
        size: fc.constantFrom(1, 2, 4, 8),
        signed: fc.constant(signed),
        values: fc.array(
          fc.record({
            name,
            value: fc.bigInt().map((value) => {
              const bits = kind === "enum" ? 32 : 64;
              return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
            }),
          }),
          { maxLength: 4 },
        ),
      }),
    );
  return fc.oneof<fc.Arbitrary<BtfType>[]>(
    fc.constantFrom(...everyKind.filter(({ kind }) => kind === "int" || kind === "float")),
    fc.record({
      kind: fc.constantFrom("ptr", "typedef", "volatile", "const", "restrict", "type_tag"),
      name: maybe,
      type: id,
      attribute: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("array"), name: fc.constant(""), type: id, indexType: id, length: u32 }),
    fc.record({
      kind: fc.constantFrom("struct", "union"),
      name: maybe,
      size: u32,
      members,
      hasBitfields: fc.constant(true),
    }),
    enumOf("enum"),
    enumOf("enum64"),
    fc.record({ kind: fc.constant("fwd"), name, union: fc.boolean() }),
    fc.record({ kind: fc.constant("func"), name, type: id, linkage }),
    fc.record({
      kind: fc.constant("func_proto"),
      name: fc.constant(""),
      returnType: id,
      parameters: fc.array(fc.record({ name: maybe, type: id }), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant("var"), name, type: id, linkage }),
    fc.record({
      kind: fc.constant("datasec"),
      name,
      size: u32,
      variables: fc.array(fc.record({ type: id, offset: u32, size: u32 }), { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant("decl_tag"),
      name,
      type: id,
      component: fc.integer({ min: -1, max: 0x7fffffff }),
      attribute: fc.boolean(),
    }),
  );
}

describe("encodeBtf", () => {
  it.each([true, false])("writes every kind so that it reads back, little-endian %s", (littleEndian) => {
    const bytes = encodeBtf(everyKind, { littleEndian });
    expect(readBtf(bytes).littleEndian).toBe(littleEndian);
    expect(decodeAll(bytes)).toEqual(everyKind);
  });

  it("round trip: any types, both byte orders", () => {
    const list = fc
      .integer({ min: 1, max: 12 })
      .chain((count) => fc.array(types(count), { minLength: count, maxLength: count }));
    fc.assert(
      fc.property(list, fc.boolean(), (some, littleEndian) => {
        const bytes = encodeBtf(some, { littleEndian });
        const decoded = decodeAll(bytes);
        expect(decoded).toEqual(some);
        expect(encodeBtf(decoded, { littleEndian })).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it("writes equal texts once", () => {
    const builder = new BtfBuilder();
    expect(builder.addString("")).toBe(0);
    expect(builder.addString("foo")).toBe(1);
    expect(builder.addString("bar")).toBe(5);
    expect(builder.addString("foo")).toBe(1);
    expect(builder.nextId).toBe(1);
    expect(builder.add(int("foo"))).toBe(1);
    expect(builder.finish().length).toBe(24 + 16 + 9);
  });

  it("sets the flag that bit sizes need", () => {
    const type = composite("struct", "s", 4, [member("a", 1, 4, 3)]);
    const [, read] = decodeAll(encodeBtf([int(), { ...type, hasBitfields: false } as BtfType]));
    expect(read).toEqual(type);
  });

  it("refuses void and names with NUL", () => {
    expect(() => encodeBtf([{ kind: "void", name: "" }])).toThrow("it is id 0 of every BTF");
    expect(() => encodeBtf([int("a\0b")])).toThrow("expected a name without NUL");
  });
});
