import { describe, expect, it } from "vitest";
import { ErrorCode, MalformedError, TsbpfError } from "../../../src/errors.ts";
import { BtfBuilder, btfKinds, encodeBtf, readBtf, type BtfType } from "../../../src/format/btf/index.ts";
import { array, composite, everyKind, int, member, reference } from "./types.ts";

function thrown(body: () => unknown): TsbpfError {
  try {
    body();
  } catch (error) {
    if (error instanceof TsbpfError) return error;
    throw error;
  }
  throw new Error("expected an error, found none");
}

/** A `.BTF` section from words: header of 24 bytes, types, strings. */
function section(words: readonly number[], strings: string, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(24 + words.length * 4 + strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, littleEndian);
  view.setUint8(2, 1);
  [24, 0, words.length * 4, words.length * 4, strings.length].forEach((value, index) => {
    view.setUint32(4 + index * 4, value, littleEndian);
  });
  words.forEach((word, index) => {
    view.setUint32(24 + index * 4, word, littleEndian);
  });
  for (let at = 0; at < strings.length; at++) bytes[24 + words.length * 4 + at] = strings.charCodeAt(at);
  return bytes;
}
const info = (kind: number, length = 0, flag = 0): number => ((flag << 31) | (kind << 24) | length) >>> 0;

/** The record of each kind in words, as linux/btf.h lays it out; independent of the encoder. */
const records: readonly (readonly [string, readonly number[], BtfType])[] = [
  ["int", [1, info(1), 4, 0x01000020], int("foo")],
  ["ptr", [0, info(2), 0], reference("ptr", 0)],
  ["array", [0, info(3), 0, 1, 1, 7], array(1, 7)],
  ["struct", [1, info(4, 1), 4, 5, 1, 0], composite("struct", "foo", 4, [member("bar", 1, 0)])],
  [
    "struct with bitfields",
    [1, info(4, 1, 1), 4, 5, 1, (3 << 24) | 17],
    composite("struct", "foo", 4, [member("bar", 1, 17, 3)]),
  ],
  ["union", [0, info(5, 0), 0], composite("union", "", 0, [])],
  [
    "enum",
    [1, info(6, 1), 4, 5, 0xffffffff],
    { kind: "enum", name: "foo", size: 4, signed: false, values: [{ name: "bar", value: 0xffffffffn }] },
  ],
  [
    "signed enum",
    [1, info(6, 1, 1), 4, 5, 0xffffffff],
    { kind: "enum", name: "foo", size: 4, signed: true, values: [{ name: "bar", value: -1n }] },
  ],
  ["fwd", [1, info(7, 0, 1), 0], { kind: "fwd", name: "foo", union: true }],
  ["typedef", [1, info(8), 1], reference("typedef", 1, "foo")],
  ["volatile", [0, info(9), 1], reference("volatile", 1)],
  ["const", [0, info(10), 1], reference("const", 1)],
  ["restrict", [0, info(11), 1], reference("restrict", 1)],
  ["func", [1, info(12, 2), 1], { kind: "func", name: "foo", type: 1, linkage: "extern" }],
  [
    "func_proto",
    [0, info(13, 1), 0, 5, 1],
    { kind: "func_proto", name: "", returnType: 0, parameters: [{ name: "bar", type: 1 }] },
  ],
  ["var", [1, info(14), 1, 1], { kind: "var", name: "foo", type: 1, linkage: "global" }],
  [
    "datasec",
    [1, info(15, 1), 8, 1, 4, 4],
    { kind: "datasec", name: "foo", size: 8, variables: [{ type: 1, offset: 4, size: 4 }] },
  ],
  ["float", [1, info(16), 8], { kind: "float", name: "foo", size: 8 }],
  [
    "decl_tag",
    [1, info(17), 1, 0xffffffff],
    { kind: "decl_tag", name: "foo", type: 1, component: -1, attribute: false },
  ],
  ["type_tag", [1, info(18, 0, 1), 1], { kind: "type_tag", name: "foo", type: 1, attribute: true }],
  [
    "enum64",
    [1, info(19, 1, 1), 8, 5, 1, 0x80000000],
    {
      kind: "enum64",
      name: "foo",
      size: 8,
      signed: true,
      values: [{ name: "bar", value: -(1n << 63n) + 1n }],
    },
  ],
];

const STRINGS = "\0foo\0bar\0";

describe("records of linux/btf.h", () => {
  for (const littleEndian of [true, false]) {
    it.each(records)(`%s, ${littleEndian ? "little" : "big"}-endian`, (_, words, expected) => {
      // Id 1 is any type that the record may refer to.
      const btf = readBtf(section([0, info(2), 0, ...words], STRINGS, littleEndian));
      expect(btf.littleEndian).toBe(littleEndian);
      expect(btf.endId).toBe(3);
      expect(btf.type(2)).toEqual(expected);
      expect(btf.type(2)).toBe(btf.type(2));
      expect(btf.kind(2)).toBe(expected.kind);
      expect(btf.name(2)).toBe(expected.name);
    });
  }

  it("covers every kind", () => {
    expect(new Set(["void", ...records.map(([, , type]) => type.kind)])).toEqual(new Set(btfKinds));
    expect(new Set(["void", ...everyKind.map(({ kind }) => kind)])).toEqual(new Set(btfKinds));
  });

  it("void is id 0", () => {
    const btf = readBtf(section([], "\0"));
    expect([btf.firstId, btf.endId, btf.kind(0), btf.name(0)]).toEqual([1, 1, "void", ""]);
    expect(btf.type(0)).toEqual({ kind: "void", name: "" });
  });

  it("reads bytes at any offset of their buffer (RULES 82)", () => {
    const bytes = encodeBtf(everyKind);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const btf = readBtf(shifted.subarray(1));
    expect(everyKind.map((_, index) => btf.type(index + 1))).toEqual(everyKind);
  });
});

describe("header", () => {
  it("takes libbpf 1.8's layout section and steps over kinds from the future with it", () => {
    const types = [1, info(20, 2), 0, 7, 8, 9, 10, 11, 1, info(16), 8];
    const layout = Array.from({ length: 21 }, (_, kind) => (kind === 20 ? 0x0804 : 0));
    const bytes = new Uint8Array(32 + (types.length + layout.length) * 4 + 5);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    const typesSize = types.length * 4;
    const layoutSize = layout.length * 4;
    [32, 0, typesSize, typesSize + layoutSize, 5, typesSize, layoutSize, ...types, ...layout].forEach(
      (word, index) => {
        view.setUint32(4 + index * 4, word, true);
      },
    );
    bytes.set([0, 0x66, 0x6f, 0x6f, 0], bytes.length - 5);
    const btf = readBtf(bytes);
    expect(btf.endId).toBe(3);
    expect(btf.type(2)).toEqual({ kind: "float", name: "foo", size: 8 });
    expect(thrown(() => btf.type(1)).code).toBe(ErrorCode.UNSUPPORTED);
  });

  const good = section([0, info(2), 0], "\0");
  const patched = (offset: number, ...values: number[]): Uint8Array => {
    const bytes = good.slice();
    bytes.set(values, offset);
    return bytes;
  };
  it.each<readonly [string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /offset 0: expected the BTF magic 0xeb9f, found 0 bytes/],
    ["another magic", patched(0, 0x7f), /offset 0: expected the BTF magic/],
    ["half a header", good.slice(0, 20), /expected a BTF header of 24 bytes, found 20/],
    ["version 2", patched(2, 2), /offset 2: expected BTF version 1, found version 2/],
    ["a short header", patched(4, 16), /offset 4: expected a header length/],
    ["a long header", patched(4, 255), /offset 4: expected a header length/],
    ["types beyond the end", patched(12, 100), /expected a type section within 37 bytes/],
    ["strings beyond the end", patched(20, 2), /expected a string section within 37 bytes/],
    ["strings inside types", patched(16, 4), /expected strings behind the types/],
    ["types off 4 bytes", patched(8, 1, 0, 0, 0, 11), /expected a type section in steps of 4 bytes/],
    ["no strings", patched(20, 0), /string section that ends in NUL/],
    ["strings without end", section([], "\0foo"), /string section that ends in NUL/],
    ["strings of split BTF", section([], "foo\0"), /starts with an empty string.*as its base/],
  ])("refuses %s", (_, bytes, message) => {
    const error = thrown(() => readBtf(bytes));
    expect(error).toBeInstanceOf(MalformedError);
    expect(error.message).toMatch(message);
  });

  it("refuses the byte order that is not wanted", () => {
    expect(thrown(() => readBtf(good, { littleEndian: false })).message).toBe(
      "expected big-endian BTF, found little-endian BTF",
    );
    expect(readBtf(good, { littleEndian: true }).endId).toBe(2);
  });
});

describe("damaged types", () => {
  it.each<readonly [string, readonly number[], string]>([
    ["kind 0", [0, info(0), 0], "type 1: offset 28: expected a BTF kind from 1 to 19, found kind 0"],
    ["kind 20", [0, info(20), 0], "type 1: offset 28: expected a BTF kind from 1 to 19, found kind 20"],
    [
      "a vlen beyond the end",
      [0, info(4, 0xffffff), 0],
      "type 1: offset 24: expected a type that ends within the type section, found only 12 bytes left",
    ],
    [
      "half a record",
      [0, info(2), 0, 0],
      "type 2: offset 36: expected a type that ends within the type section, found only 4 bytes left",
    ],
  ])("refuses %s at once", (_, words, message) => {
    expect(thrown(() => readBtf(section(words, STRINGS))).message).toBe(message);
  });

  it.each<readonly [string, readonly number[], string]>([
    ["a name offset outside", [99, info(16), 8], "type 1: expected a name offset below 9, found 99"],
    ["an id outside", [0, info(2), 2], "type 1: offset 32: expected a type id below 2, found 2"],
    [
      "a member id outside",
      [0, info(4, 1), 4, 0, 9, 0],
      "type 1: offset 40: expected a type id below 2, found 9",
    ],
    [
      "an int of 3 bytes",
      [1, info(1), 3, 24],
      "type 1: offset 32: expected an int of 1, 2, 4, 8 or 16 bytes, found 3",
    ],
    [
      "an int with two encodings",
      [1, info(1), 4, 0x03000020],
      "type 1: offset 36: expected an int encoding of 0, 1, 2 or 4, found 3",
    ],
    [
      "an int beyond its storage",
      [1, info(1), 4, 0x00100018],
      "type 1: offset 36: expected an int within 32 bits, found 24 bits at 16",
    ],
    [
      "an enum of 3 bytes",
      [1, info(6), 3],
      "type 1: offset 32: expected an enum of 1, 2, 4 or 8 bytes, found 3",
    ],
    [
      "a float of 5 bytes",
      [1, info(16), 5],
      "type 1: offset 32: expected a float of 2, 4, 8, 12 or 16 bytes, found 5",
    ],
    ["func linkage 3", [1, info(12, 3), 0], "type 1: offset 28: expected a linkage of 0, 1 or 2, found 3"],
    ["var linkage 9", [1, info(14), 0, 9], "type 1: offset 36: expected a linkage of 0, 1 or 2, found 9"],
    [
      "component -2",
      [1, info(17), 0, 0xfffffffe],
      "type 1: offset 36: expected a component index of at least -1, found -2",
    ],
  ])("refuses %s when it is asked for", (_, words, message) => {
    const btf = readBtf(section(words, STRINGS));
    const error = thrown(() => btf.type(1));
    expect(error.code).toBe(ErrorCode.MALFORMED);
    expect(error.message).toBe(message);
    // And again: a refusal is not remembered as a type.
    expect(thrown(() => btf.type(1)).message).toBe(message);
  });

  it("refuses ids that do not exist", () => {
    const btf = readBtf(section([0, info(2), 0], "\0"));
    for (const id of [2, -1, 1.5, 0xffffffff]) {
      expect(thrown(() => btf.type(id)).message).toContain(`expected a type id below 2, found ${id}`);
      expect(thrown(() => btf.kind(id)).code).toBe(ErrorCode.MALFORMED);
      expect(thrown(() => btf.name(id)).code).toBe(ErrorCode.MALFORMED);
    }
  });
});

describe("split BTF", () => {
  const base = readBtf(encodeBtf([int(), composite("struct", "shared", 4, [member("a", 1, 0)])]));
  const builder = new BtfBuilder({ base });
  const ids = [
    builder.add(reference("ptr", 2)),
    builder.add(composite("struct", "own", 8, [member("pointer", 3, 0)])),
    builder.add(composite("struct", "shared", 4, [member("again", 1, 0)])),
  ];
  const split = readBtf(builder.finish(), { base });

  it("continues the ids of its base", () => {
    expect(ids).toEqual([3, 4, 5]);
    expect([split.firstId, split.endId, split.base]).toEqual([3, 6, base]);
    expect(split.type(2)).toBe(base.type(2));
    expect(split.kind(1)).toBe("int");
    expect(split.name(2)).toBe("shared");
    expect(split.type(4)).toEqual(composite("struct", "own", 8, [member("pointer", 3, 0)]));
    expect(split.string(1)).toBe("int");
    expect(split.string(base.stringsEnd)).toBe("own");
  });

  it("finds types in both, the base's first in lists, its own first alone", () => {
    expect(split.findAll(["shared", "own", "int"], ["struct"])).toEqual(
      new Map([
        ["shared", [2, 5]],
        ["own", [4]],
      ]),
    );
    expect(split.find("shared", "struct")).toBe(5);
    expect(split.find("int", "int")).toBe(1);
  });

  it("may have no strings of its own", () => {
    const bytes = new BtfBuilder({ base });
    bytes.add(reference("ptr", 2));
    expect(readBtf(bytes.finish(), { base }).type(3)).toEqual(reference("ptr", 2));
  });

  it("is refused over a base of the other byte order, or one that readBtf did not make", () => {
    const other = readBtf(encodeBtf([int()], { littleEndian: false }));
    expect(thrown(() => readBtf(builder.finish(), { base: other })).code).toBe(ErrorCode.MALFORMED);
    expect(thrown(() => readBtf(builder.finish(), { base: { ...base } })).code).toBe(ErrorCode.ARGUMENT);
  });
});
