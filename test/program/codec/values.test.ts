import { afterEach, describe, expect, it, vi } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { BtfBuilder, readBtf, type BtfMember } from "../../../src/format/btf/index.ts";
import {
  buildCodec,
  cursorLength,
  cursorOffset,
  memoryOf,
  type Memory,
} from "../../../src/program/codec/index.ts";
import { btfOf, type CMember, type CType } from "./c-types.ts";

const u8: CType = { k: "int", size: 1, signed: false, name: "__u8" };
const u16: CType = { k: "int", size: 2, signed: false };
const u32: CType = { k: "int", size: 4, signed: false };
const s8: CType = { k: "int", size: 1, signed: true };
const s32: CType = { k: "int", size: 4, signed: true };
const u64: CType = { k: "int", size: 8, signed: false };
const s64: CType = { k: "int", size: 8, signed: true };
const u128: CType = { k: "int", size: 16, signed: false };

function struct(members: Readonly<Record<string, CType>>, name = "event"): CType {
  return { k: "composite", union: false, packed: false, name, members: list(members) };
}
function union(members: Readonly<Record<string, CType>>, name = "choice"): CType {
  return { k: "composite", union: true, packed: false, name, members: list(members) };
}
function list(members: Readonly<Record<string, CType>>): CMember[] {
  return Object.entries(members).map(([member, type]) => ({ name: member, type }));
}
function array(element: CType, length: number): CType {
  return { k: "array", element, length };
}
function codecOf(type: CType, alignment: 4 | 8 = 8): ReturnType<typeof buildCodec<Record<string, unknown>>> {
  const { btf, id } = btfOf(type);
  return buildCodec(btf, id, { alignment });
}
function bytesOf(memory: Memory, count = memory.u8.length): number[] {
  return [...memory.u8.subarray(0, count)];
}
function fill(bytes: readonly number[], size = bytes.length): Memory {
  const memory = memoryOf(new ArrayBuffer(Math.ceil(size / 8) * 8));
  memory.u8.set(bytes);
  return memory;
}
function refusal(run: () => unknown): TsbpfError {
  try {
    run();
  } catch (error) {
    if (error instanceof TsbpfError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("values that encode refuses", () => {
  const type = struct({
    tgid: u32,
    delta: s8,
    when: u64,
    ago: s64,
    wide: u128,
    ok: { k: "bool" },
    ratio: { k: "float", size: 8 },
    comm: array({ k: "char" }, 8),
    cookie: array(u8, 4),
    grid: array(array(u16, 2), 2),
    inner: struct({ x: s32, deep: struct({ y: u8 }, "deep") }, "inner"),
    people: array(struct({ age: u8 }, "person"), 2),
    constructor: u32,
  });
  const codec = codecOf(type);
  const memory = memoryOf(new ArrayBuffer(256));
  const cases: [value: object, message: string][] = [
    [{ tgid: 2 ** 32 }, "event.tgid: expected 0..4294967295, found 4294967296"],
    [{ tgid: -1 }, "event.tgid: expected 0..4294967295, found -1"],
    [{ tgid: 1.5 }, "event.tgid: expected 0..4294967295, found 1.5"],
    [{ tgid: "7" }, 'event.tgid: expected 0..4294967295, found "7"'],
    [{ tgid: null }, "event.tgid: expected 0..4294967295, found null"],
    [{ tgid: 2n ** 40n }, "event.tgid: expected 0..4294967295, found 1099511627776"],
    [{ delta: 128 }, "event.delta: expected -128..127, found 128"],
    [{ when: -1n }, "event.when: expected 0..18446744073709551615, found -1"],
    [
      { when: 2 ** 60 },
      "event.when: expected a bigint above 2^53, where numbers are not exact, found 1152921504606847000",
    ],
    [
      { ago: 2n ** 63n },
      "event.ago: expected -9223372036854775808..9223372036854775807, found 9223372036854775808",
    ],
    [{ wide: 2n ** 128n }, `event.wide: expected 0..${2n ** 128n - 1n}, found ${2n ** 128n}`],
    [{ ok: 1 }, "event.ok: expected true or false, found 1"],
    [{ ratio: 1n }, "event.ratio: expected a number, found 1"],
    [{ comm: "123456789" }, "event.comm: expected at most 8 bytes of text, found 9"],
    [{ comm: "äöüß!" }, "event.comm: expected at most 8 bytes of text, found 9"],
    [{ comm: "a\0b" }, 'event.comm: expected text without NUL, found "a\\u0000b"'],
    [{ comm: 5 }, "event.comm: expected a string, found 5"],
    [{ cookie: [1, 2, 3, 300] }, "event.cookie[3]: expected 0..255, found 300"],
    [{ cookie: new Uint8Array(3) }, "event.cookie: expected 4 bytes, found 3"],
    [{ cookie: "abcd" }, 'event.cookie: expected a Uint8Array, found "abcd"'],
    [{ grid: [[1, 2]] }, "event.grid: expected 2 elements, found 1"],
    [{ grid: [[1, 2], [3]] }, "event.grid[1]: expected 2 elements, found 1"],
    [
      {
        grid: [
          [1, 2],
          [3, 65536],
        ],
      },
      "event.grid[1][1]: expected 0..65535, found 65536",
    ],
    [{ grid: [[1, 2], 7] }, "event.grid[1]: expected an array of 2, found 7"],
    [{ inner: { x: 2 ** 31 } }, "event.inner.x: expected -2147483648..2147483647, found 2147483648"],
    [{ inner: { deep: { y: -1 } } }, "event.inner.deep.y: expected 0..255, found -1"],
    [{ inner: 3 }, "event.inner: expected an object, found 3"],
    [{ people: [{ age: 1 }, { age: 256 }] }, "event.people[1].age: expected 0..255, found 256"],
    [{ people: [{ age: 1 }, { agee: 2 }] }, 'event.people[1]: no member "agee" (did you mean "age"?)'],
    [{ tgdi: 1 }, 'event: no member "tgdi" (did you mean "tgid"?)'],
    [{ constructor: -1 }, "event.constructor: expected 0..4294967295, found -1"],
  ];
  it.each(cases)("%o", (value, message) => {
    const error = refusal(() => codec.encode(value as Record<string, unknown>, memory, 0));
    expect([error.code, error.message]).toEqual(["ARGUMENT", message]);
  });

  it.each([[[]], [null], [7], ["text"], [undefined]])("%j instead of an object", (value) => {
    const error = refusal(() => codec.encode(value as never, memory, 0));
    expect(error.message).toMatch(/^event: expected an object, found/);
  });

  it("a place outside the memory or between the alignment", () => {
    const small = codecOf(struct({ a: u64 }));
    for (const offset of [-8, 4, 256, 1, Number.NaN]) {
      expect(refusal(() => small.encode({ a: 1n }, memory, offset)).code).toBe("ARGUMENT");
      expect(refusal(() => small.decode(memory, offset)).code).toBe("ARGUMENT");
    }
  });

  it("numbers at the root name the type", () => {
    const { btf, id } = btfOf({ k: "int", size: 1, signed: false, name: "counter" });
    const error = refusal(() => buildCodec(btf, id).encode(256, memory, 0));
    expect(error.message).toBe("counter: expected 0..255, found 256");
  });
});

describe("values that encode takes", () => {
  const memory = memoryOf(new ArrayBuffer(64));
  it("missing members are zero, old bytes too", () => {
    memory.u8.fill(0xff);
    codecOf(struct({ a: u8, b: u32, c: array({ k: "char" }, 4) })).encode({ b: 0x01020304 }, memory, 8);
    expect(bytesOf(memory, 24)).toEqual([
      ...Array.from({ length: 8 }, () => 0xff),
      0,
      0,
      0,
      0,
      4,
      3,
      2,
      1,
      0,
      0,
      0,
      0,
      ...Array.from({ length: 4 }, () => 0xff),
    ]);
  });
  it("safe numbers for 64 bits, bigints for 32, bytes for text, number lists for bytes", () => {
    const codec = codecOf(struct({ a: u64, b: u32, c: array({ k: "char" }, 4), d: array(u8, 2) }));
    codec.encode({ a: 5, b: 6n, c: new Uint8Array([0xff, 1]), d: [1, 2] }, memory, 0);
    expect(bytesOf(memory, 18)).toEqual([5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0xff, 1, 0, 0, 1, 2]);
  });
  it("one member of a union", () => {
    const codec = codecOf(union({ number: u64, word: array({ k: "char" }, 8), half: u32 }));
    codec.encode({ word: "abc" }, memory, 0);
    expect(bytesOf(memory, 8)).toEqual([97, 98, 99, 0, 0, 0, 0, 0]);
    codec.encode({ half: 1 }, memory, 0);
    expect(bytesOf(memory, 8)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  });
  it("a decoded union gives its bytes back, though its text loses what is behind the NUL", () => {
    const codec = codecOf(union({ number: u64, word: array({ k: "char" }, 8), yes: { k: "bool" } }));
    const bytes = [0x80, 0, 3, 4, 5, 6, 7, 8];
    const value = codec.decode(fill(bytes), 0);
    expect(value).toEqual({ number: 0x0807060504030080n, word: "\ufffd", yes: true });
    codec.encode(value, memory, 0);
    expect(bytesOf(memory, 8)).toEqual(bytes);
  });
});

describe("shapes", () => {
  it("members with names that mean something in JavaScript", () => {
    const hostile = [
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "valueOf",
      "arguments",
      "class",
    ];
    const odd = ["m", "o", "u32", "a b", 'quo"te', "`${x}`", "größe", "0", "prototype"];
    // Not a record: it could not hold __proto__.
    const members = [...hostile, ...odd].map((name) => ({ name, type: u32 }));
    const codec = codecOf({ k: "composite", union: false, packed: false, name: "0 odd-name", members });
    const memory = memoryOf(new ArrayBuffer(64));
    for (let index = 0; index < 16; index++) memory.u32[index] = index + 1;
    const value = codec.decode(memory, 0);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(new Map(Object.entries(value))).toEqual(
      new Map(members.map(({ name }, index) => [name, index + 1])),
    );
    const cursor = codec.cursor(memory);
    for (const [index, { name }] of members.entries()) expect(Reflect.get(cursor, name)).toBe(index + 1);
    const copy = memoryOf(new ArrayBuffer(64));
    codec.encode(value, copy, 0);
    expect(bytesOf(copy)).toEqual(bytesOf(memory));
    codec.encode({}, copy, 0);
    expect(bytesOf(copy).every((byte) => byte === 0)).toBe(true);
  });

  it("empty structs, empty arrays and arrays of empty structs", () => {
    const nothing = struct({}, "nothing");
    const codec = codecOf(struct({ none: nothing, zero: array(u32, 0), many: array(nothing, 2), last: u32 }));
    const value = codec.decode(fill([1, 0, 0, 0]), 0);
    expect(value).toEqual({ none: {}, zero: [], many: [{}, {}], last: 1 });
    expect(codecOf(nothing).size).toBe(0);
    expect(codecOf(nothing).decode(fill([]), 0)).toEqual({});
  });

  it("records shorter than the type: what is missing is zero", () => {
    const codec = codecOf(struct({ pid: u32, when: u64, path: array({ k: "char" }, 16) }), 4);
    const memory = memoryOf(new ArrayBuffer(64));
    memory.u8.fill(0x41);
    expect(codec.decode(memory, 12, 19)).toEqual({
      pid: 0x41414141,
      when: 0x4141414141414141n,
      path: "AAA",
    });
    expect(codec.decode(memory, 60, 4)).toEqual({ pid: 0x41414141, when: 0n, path: "" });
  });

  it("flexible arrays take what the record's length leaves", () => {
    const text = codecOf(struct({ n: u32, data: array({ k: "char" }, 0) }));
    expect([text.size, text.flexible]).toEqual([4, true]);
    const memory = fill([9, 0, 0, 0, 104, 105, 0, 0], 16);
    expect(text.decode(memory, 0, 6)).toEqual({ n: 9, data: "hi" });
    expect(text.decode(memory, 0)).toEqual({ n: 9, data: "" });
    const numbers = codecOf(struct({ n: u64, data: array(u16, 0) }));
    const five = fill([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3]);
    expect(numbers.decode(five, 0, 13)).toEqual({ n: 1n, data: [1, 2] });
    const cursor = numbers.cursor(five);
    cursor[cursorOffset] = 0;
    expect(cursor["data"]).toEqual([]);
    cursor[cursorLength] = 12;
    expect(cursor["data"]).toEqual([1, 2]);
    numbers.encode({ n: 2n, data: [7, 8, 9] }, five, 0);
    expect(numbers.decode(five, 0, 14)).toEqual({ n: 2n, data: [7, 8, 9] });
    expect(refusal(() => numbers.encode({ n: 2n, data: [7, 8, 9, 1, 1] }, five, 0)).message).toBe(
      "event.data: expected at most 4 elements in this memory, found 5",
    );
    const raw = codecOf(struct({ data: array(u8, 0) }));
    expect(raw.decode(five, 8, 3)).toEqual({ data: new Uint8Array([7, 0, 8]) });
    expect(refusal(() => raw.decode(five, 8, 30)).code).toBe("ARGUMENT");
  });

  it("decoded bytes are a copy", () => {
    const memory = fill([1, 2, 3, 4]);
    const value = codecOf(struct({ data: array(u8, 4) })).decode(memory, 0);
    memory.u8[0] = 9;
    expect(value["data"]).toEqual(new Uint8Array([1, 2, 3, 4]));
  });

  it("bitfields of compilers without kind_flag: bits and offset are the int's", () => {
    const builder = new BtfBuilder();
    const int = (bits: number, offset: number, encoding: "none" | "signed"): number =>
      builder.add({ kind: "int", name: "unsigned int", size: 4, bits, offset, encoding });
    const member = (name: string, type: number, bitOffset: number): BtfMember => ({
      name,
      type,
      bitOffset,
      bitSize: 0,
    });
    const members = [
      member("a", int(3, 0, "none"), 0),
      member("b", int(5, 3, "signed"), 0),
      member("c", int(9, 0, "none"), 8),
      member("d", int(32, 0, "none"), 32),
    ];
    const id = builder.add({ kind: "struct", name: "old", size: 8, members, hasBitfields: false });
    const codec = buildCodec(readBtf(builder.finish()), id);
    expect(codec.decode(fill([0b11110_101, 0xff, 0x01, 0xff, 4, 0, 0, 0]), 0)).toEqual({
      a: 5,
      b: -2,
      c: 511,
      d: 4,
    });
  });

  it("a cursor moves over records without being made anew", () => {
    const codec = codecOf(struct({ id: u32, name: array({ k: "char" }, 4), at: array(u16, 2) }));
    const memory = fill([1, 0, 0, 0, 97, 0, 0, 0, 1, 0, 2, 0, 2, 0, 0, 0, 98, 99, 100, 101, 3, 0, 4, 0], 24);
    // Records of 12 bytes: every offset is a multiple of 4 at least.
    const cursor = codecOf(struct({ id: u32, name: array({ k: "char" }, 4), at: array(u16, 2) }), 4).cursor(
      memory,
    );
    const seen = [0, 12].map((offset) => {
      cursor[cursorOffset] = offset;
      return [cursor["id"], cursor["name"], cursor["at"]];
    });
    expect(seen).toEqual([
      [1, "a", [1, 2]],
      [2, "bcde", [3, 4]],
    ]);
    expect(Object.keys(codec.cursor(memory))).toEqual([]);
  });

  it("only structs and unions have cursors", () => {
    const { btf, id } = btfOf(u32);
    expect(refusal(() => buildCodec(btf, id).cursor(fill([]))).message).toBe(
      'expected a struct or union for a cursor, found "u32" (use decode)',
    );
  });
});

describe("types that no codec is made for", () => {
  it("big-endian objects", () => {
    const builder = new BtfBuilder({ littleEndian: false });
    const id = builder.add({ kind: "int", name: "int", size: 4, bits: 32, offset: 0, encoding: "signed" });
    expect(refusal(() => buildCodec(readBtf(builder.finish()), id)).code).toBe("UNSUPPORTED");
  });
  it.each(["void", "a function prototype"])("%s", (what) => {
    const builder = new BtfBuilder();
    const id = builder.add({ kind: "func_proto", name: "", returnType: 0, parameters: [] });
    const btf = readBtf(builder.finish());
    expect(refusal(() => buildCodec(btf, what === "void" ? 0 : id)).message).toMatch(
      /^expected a type with values/,
    );
  });
  it("structs in themselves, members outside, two members of one name, absurd sizes", () => {
    const builder = new BtfBuilder();
    const int = builder.add({ kind: "int", name: "int", size: 4, bits: 32, offset: 0, encoding: "signed" });
    const huge = builder.add({ kind: "array", name: "", type: int, indexType: int, length: 0xffff_ffff });
    const struct = (size: number, ...members: [string, number, number][]): number =>
      builder.add({
        kind: "struct",
        name: "s",
        size,
        members: members.map(([name, type, bitOffset]) => ({ name, type, bitOffset, bitSize: 0 })),
        hasBitfields: false,
      });
    const empty = struct(0);
    const bombs = builder.add({ kind: "array", name: "", type: empty, indexType: int, length: 0xffff_ffff });
    const self = builder.nextId;
    struct(8, ["again", self, 0]);
    const outside = struct(4, ["a", int, 8]);
    const twice = struct(8, ["a", int, 0], ["a", int, 32]);
    const large = struct(16, ["list", huge, 0]);
    const btf = readBtf(builder.finish());
    for (const id of [self, outside, twice, large, bombs]) {
      expect(refusal(() => buildCodec(btf, id)).code).toBe("MALFORMED");
    }
  });
  it("structs nested deeper than any compiler goes", () => {
    let type: CType = u32;
    for (let depth = 0; depth < 100; depth++) type = struct({ a: type }, `s${depth}`);
    expect(refusal(() => codecOf(type)).code).toBe("MALFORMED");
  });
});

describe("an engine that may not compile strings", () => {
  afterEach(() => vi.unstubAllGlobals());
  it("is told to use the generated module", () => {
    vi.stubGlobal("Function", function refuse() {
      throw new EvalError("Code generation from strings disallowed for this context");
    });
    const error = refusal(() => codecOf(struct({ a: u32 })));
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toContain("NAME.bpf.gen.ts");
    expect(error.cause).toBeInstanceOf(EvalError);
  });
});

describe("memoryOf", () => {
  it("refuses places that a 64-bit view cannot have", () => {
    const buffer = new ArrayBuffer(32);
    expect(refusal(() => memoryOf(buffer, 4)).code).toBe("ARGUMENT");
    expect(refusal(() => memoryOf(buffer, 8, 32)).code).toBe("ARGUMENT");
    expect(memoryOf(buffer, 8, 13).u32.length).toBe(3);
  });
});
