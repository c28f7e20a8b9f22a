import { describe, expect, it } from "vitest";
import {
  ByteReader,
  ByteWriter,
  decodeUtf8,
  encodeUtf8,
  StringTable,
} from "../../../src/format/bytes/index.ts";
import { MalformedError } from "../../../src/errors.ts";

describe("ByteReader", () => {
  const bytes = Uint8Array.from([0x01, 0x82, 0x03, 0x84, 0x05, 0x06, 0x07, 0x88, 0x41, 0x00]);
  it.each([
    ["u8", true, 1, 0x82],
    ["u16", true, 0, 0x8201],
    ["u16", false, 0, 0x0182],
    ["i16", true, 0, 0x8201 - 0x10000],
    ["u32", true, 0, 0x84038201],
    ["u32", false, 0, 0x01820384],
    ["i32", true, 0, 0x84038201 - 0x1_0000_0000],
    ["u64", true, 0, 0x8807060584038201n],
    ["u64", false, 0, 0x0182038405060788n],
  ] as const)("%s, little-endian %s, at %i", (method, little, offset, expected) => {
    expect(new ByteReader(bytes, little)[method](offset)).toBe(expected);
  });

  it("reads through a view in the middle of a larger buffer (RULES 82)", () => {
    const pool = new Uint8Array(32);
    pool.set(bytes, 7);
    expect(new ByteReader(pool.subarray(7, 17)).u32(0)).toBe(0x84038201);
  });

  it.each([
    ["u8", 10],
    ["u16", 9],
    ["u32", 7],
    ["u64", 3],
    ["size", 3],
    ["u32", -1],
    ["u32", Number.NaN],
  ] as const)("%s at %d is outside: MALFORMED with the offset", (method, offset) => {
    const read = (): unknown => new ByteReader(bytes)[method](offset);
    expect(read).toThrow(MalformedError);
    expect(read).toThrow(/expected \d+ bytes, found the end at 10/);
  });

  it("size: 53 bits are a number in both byte orders, more is damage", () => {
    for (const little of [true, false]) {
      const of = (value: bigint): ByteReader =>
        new ByteReader(new ByteWriter(little).u64(value).finish(), little);
      expect(of(0x1f_ffff_ffff_ffffn).size(0)).toBe(Number.MAX_SAFE_INTEGER);
      expect(of(0x1_0000_0002n).size(0)).toBe(0x1_0000_0002);
      expect(() => of(0x20_0000_0000_0000n).size(0)).toThrow(
        "expected a 64-bit size below 2^53, found 0x20000000000000",
      );
    }
  });

  it("slice views, it does not copy", () => {
    const slice = new ByteReader(bytes).slice(2, 3);
    expect([slice.buffer, slice.byteOffset, slice.length]).toEqual([bytes.buffer, 2, 3]);
    expect(() => new ByteReader(bytes).slice(9, 2)).toThrow(MalformedError);
  });

  it("cString ends at NUL, which must come before the end", () => {
    expect(new ByteReader(bytes).cString(8)).toBe("A");
    expect(() => new ByteReader(bytes).cString(0, 8)).toThrow(
      "expected a NUL-terminated string, found 8 bytes without NUL",
    );
    expect(() => new ByteReader(bytes).cString(11)).toThrow(MalformedError);
  });
});

describe("ByteWriter", () => {
  it("writes what ByteReader reads, in both byte orders, across growth", () => {
    for (const little of [true, false]) {
      const writer = new ByteWriter(little);
      for (let index = 0; index < 100; index++)
        writer
          .u8(index)
          .u16(index)
          .u32(index * 65537)
          .u64(-1n);
      const reader = new ByteReader(writer.finish(), little);
      expect(reader.length).toBe(1500);
      expect([reader.u8(15 * 99), reader.u16(15 * 99 + 1), reader.u32(15 * 99 + 3)]).toEqual([
        99,
        99,
        99 * 65537,
      ]);
      expect(reader.u64(15 * 99 + 7)).toBe(0xffff_ffff_ffff_ffffn);
    }
  });

  it("aligns with zeros and patches", () => {
    const bytes = new ByteWriter()
      .u8(1)
      .align(4)
      .u32(0)
      .cString("é")
      .align(4)
      .patchU32(4, 0x01020304)
      .finish();
    expect([...bytes]).toEqual([1, 0, 0, 0, 4, 3, 2, 1, 0xc3, 0xa9, 0, 0]);
  });
});

describe("UTF-8", () => {
  it.each(["", "plain", "é", "日本", "😀", "a😀b", "x".repeat(10_000), `${"x".repeat(5000)}é`])(
    "%#: the same as the platform's, both ways",
    (text) => {
      expect([...encodeUtf8(text)]).toEqual([...new TextEncoder().encode(text)]);
      expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
    },
  );

  it.each([
    [[0x80], 1],
    [[0xc0, 0xaf], 2],
    [[0xe0, 0x80, 0x80], 3],
    [[0xed, 0xa0, 0x80], 3],
    [[0xf4, 0x90, 0x80, 0x80], 4],
    [[0xff], 1],
    [[0xe2, 0x82], 2],
  ])("invalid %j becomes %i replacement characters", (bytes, count) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBe("\ufffd".repeat(count));
  });

  it("a lone surrogate is written as U+FFFD", () => {
    expect([...encodeUtf8("\ud800")]).toEqual([0xef, 0xbf, 0xbd]);
  });
});

describe("StringTable", () => {
  const table = (text: string): StringTable => new StringTable(new TextEncoder().encode(text));
  it("reads names and shared tails", () => {
    const names = table("\0.rel.text\0");
    expect([names.at(0), names.at(1), names.at(5)]).toEqual(["", ".rel.text", ".text"]);
    expect(new StringTable(new Uint8Array(0)).at(0)).toBe("");
  });

  it("refuses offsets outside and text without NUL", () => {
    expect(() => table("\0abc").at(1)).toThrow("expected a NUL-terminated string");
    expect(() => table("\0abc\0").at(6)).toThrow(MalformedError);
  });

  it("bounds what shared tails cost: equal offsets are free, distinct ones are not", () => {
    const long = table(`${"x".repeat(100_000)}\0`);
    for (let index = 0; index < 1000; index++) expect(long.at(5).length).toBe(99_995);
    expect(() => {
      for (let index = 0; index < 1000; index++) long.at(index);
    }).toThrow("names of at most 16 times their string table");
  });
});
