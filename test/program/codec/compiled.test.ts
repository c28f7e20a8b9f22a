// What compilers laid out, read back: the differential between our offsets and clang's. The values stand in the
// initialisers of testdata/src/codec_zoo.bpf.c and codec_enum64.bpf.c.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildCodec, memoryOf } from "../../../src/program/codec/index.ts";
import { readObject, type ObjectSpec } from "../../../src/program/spec/index.ts";

function objectOf(compiler: string, name: string): ObjectSpec {
  const path = new URL(`../../../testdata/obj/${compiler}/${name}.bpf.o`, import.meta.url);
  return readObject(new Uint8Array(readFileSync(path)), { name });
}

function variable(spec: ObjectSpec, name: string): { value: unknown; bytes: Uint8Array; again: Uint8Array } {
  const found = spec.variables.find((candidate) => candidate.name === name);
  const section = spec.maps.find((map) => map.name === found?.map)?.contents;
  if (found === undefined || section === undefined || spec.btf === undefined) throw new Error(`no ${name}`);
  const bytes = section.slice(found.offset, found.offset + found.size);
  const codec = buildCodec(spec.btf, found.type);
  const value = codec.decode(memoryOf(bytes.buffer), 0);
  const again = new Uint8Array(bytes.length);
  codec.encode(value, memoryOf(again.buffer), 0);
  return { value, bytes, again };
}

const specimen = {
  yes: true,
  letter: 122,
  small_signed: -1,
  small: 200,
  short_signed: -300,
  short_unsigned: 60000,
  int_signed: -70000,
  int_unsigned: 4000000000,
  long_signed: -5000000000n,
  long_unsigned: 0xfedcba9876543210n,
  color: 6,
  level: -3,
  text: "tsbpf",
  text_full: "full",
  bytes: new Uint8Array([1, 2, 3, 4, 5, 6]),
  raw: new Uint8Array([7, 8, 9]),
  matrix: [
    [1, 2, 3],
    [4, 5, 6],
  ],
  nested: { first: 1, second: 2, third: 3 },
  list: [
    { first: 4, second: 5, third: 6 },
    { first: 7, second: 8, third: 9 },
  ],
  bits: { a: 1, b: 100, c: -7, crossing: 0xbeef, wide: 0x123456789an, wide_signed: -2, flag: true, color: 5 },
  as_number: 0x11223344,
  as_bytes: new Uint8Array([0x44, 0x33, 0x22, 0x11]),
  low: 0x3344,
  high: 0x1122,
  choice: { number: 0x6563696f6863n, word: "choice" },
  anonymous_type: { x: -1, y: 1 },
  port: 443,
  address: { octets: new Uint8Array([10, 0, 0, 1]) },
  qualified: 77,
  pointer: 0n,
  self: 0n,
  function: 0n,
  packed: { tag: 1, unaligned: 0x0807060504030201n, tail: 0x0a09 },
  empty: [],
  flags: [true, false, true],
  names: ["one", "two"],
};

describe.each(["clang-14", "zig-21"])("values that %s wrote into .data", (compiler) => {
  it("codec_zoo: every kind of member", () => {
    const { value, bytes, again } = variable(objectOf(compiler, "codec_zoo"), "specimen");
    // Before clang 16 (and Linux 6.0) BTF does not say that an enum is signed.
    const level = compiler === "clang-14" ? 2 ** 32 - 3 : -3;
    expect(value).toEqual({ ...specimen, level });
    // Padding is zero in .data, so that encoding gives the very bytes.
    expect(again).toEqual(bytes);
  });
});

it("codec_enum64: 64-bit enums, 128-bit integers, floats", () => {
  const { value, bytes, again } = variable(objectOf("zig-21", "codec_enum64"), "numbers");
  expect(value).toEqual({
    huge: 0x8000000000000000n,
    signed_huge: -0x7fffffffffffffffn,
    u128: 0x0123456789abcdeffedcba9876543210n,
    s128: -2n,
    single: 1.5,
    twofold: -0.25,
  });
  expect(again).toEqual(bytes);
});
