// The specs of both generations of <bpf/usdt.bpf.h>, written out of types like theirs and read at the offsets that
// the compiler gives these structs (RULES 57).
import { describe, expect, it } from "vitest";
import { encodeBtf, readBtf, type BtfMember, type BtfType } from "../../../src/format/btf/index.ts";
import { parseUsdtArguments } from "../../../src/format/usdt/index.ts";
import {
  encodeUsdtSpec,
  readUsdtLayout,
  unreadableArguments,
  type UsdtLayout,
} from "../../../src/program/usdt/index.ts";
import { array, composite, enumeration, int, member, reference } from "../../format/btf/types.ts";

const SPEC = 11;
const kinds = { BPF_USDT_ARG_CONST: 0n, BPF_USDT_ARG_REG: 1n, BPF_USDT_ARG_REG_DEREF: 2n };

/** Ids: 1 u64, 2 __u64, 3 short, 4 _Bool, 5 bool, 6 char, 7 unsigned short, 8 the enum, 9 argument, 10 array, 11 spec. */
function types(
  argument: readonly BtfMember[],
  size: number,
  spec: { size: number; cookie: number; count: number },
  values: Readonly<Record<string, bigint>> = kinds,
): BtfType[] {
  return [
    int("unsigned long long", 8, "none"),
    reference("typedef", 1, "__u64"),
    int("short", 2),
    int("_Bool", 1, "bool"),
    reference("typedef", 4, "bool"),
    int("char", 1, "char"),
    int("unsigned short", 2, "none"),
    enumeration("__bpf_usdt_arg_type", values),
    composite("struct", "__bpf_usdt_arg_spec", size, argument),
    array(9, 12),
    composite("struct", "__bpf_usdt_spec", spec.size, [
      member("args", 10, 0),
      member("usdt_cookie", 2, spec.cookie * 8),
      member("arg_cnt", 3, spec.count * 8),
    ]),
  ];
}

const first = types(
  [
    member("val_off", 2, 0),
    member("arg_type", 8, 64),
    member("reg_off", 3, 96),
    member("arg_signed", 5, 112),
    member("arg_bitshift", 6, 120),
  ],
  16,
  { size: 208, cookie: 192, count: 200 },
);

const second = types(
  [
    member("val_off", 2, 0),
    member("arg_type", 8, 64, 8),
    member("idx_reg_off", 7, 80, 12),
    member("scale_bitshift", 7, 92, 4),
    member("__reserved", 6, 96, 8),
    member("reg_off", 3, 112),
    member("arg_signed", 5, 128),
    member("arg_bitshift", 6, 136),
  ],
  24,
  { size: 304, cookie: 288, count: 296 },
  { ...kinds, BPF_USDT_ARG_SIB: 3n },
);

function layoutOf(list: readonly BtfType[], littleEndian = true): UsdtLayout {
  return readUsdtLayout(readBtf(encodeBtf(list, { littleEndian })), SPEC);
}

/** Reads a spec as the header of a generation does. */
function reader(bytes: Uint8Array, generation: 1 | 2, littleEndian = true) {
  const view = new DataView(bytes.buffer);
  const size = generation === 1 ? 16 : 24;
  return {
    argument(index: number) {
      const at = index * size;
      const word = view.getUint16(at + 10, littleEndian);
      const tail = at + (generation === 1 ? 12 : 14);
      return {
        value: view.getBigInt64(at, littleEndian),
        kind: generation === 1 ? view.getUint32(at + 8, littleEndian) : view.getUint8(at + 8),
        register: view.getInt16(tail, littleEndian),
        signed: view.getUint8(tail + 2),
        shift: view.getUint8(tail + 3),
        ...(generation === 1 ? {} : { index: word & 0xfff, scale: word >> 12 }),
      };
    },
    cookie: view.getBigUint64(generation === 1 ? 192 : 288, littleEndian),
    count: view.getInt16(generation === 1 ? 200 : 296, littleEndian),
  };
}

const text = "-4@$-9 8@%rdi -2@-24(%rbp) 1@%ah";
const meant = [
  { value: -9n, kind: 0, register: 0, signed: 1, shift: 32 },
  { value: 0n, kind: 1, register: 112, signed: 0, shift: 0 },
  { value: -24n, kind: 2, register: 32, signed: 1, shift: 48 },
  { value: 0n, kind: 1, register: 81, signed: 0, shift: 56 },
];

describe("specs", () => {
  it.each([
    [1, first, 208],
    [2, second, 304],
  ] as const)("generation %i", (generation, list, size) => {
    const layout = layoutOf(list);
    const bytes = encodeUsdtSpec(layout, parseUsdtArguments(62, text), 0xfedc_ba98_7654_3210n);
    expect(bytes).toHaveLength(size);
    const spec = reader(bytes, generation);
    expect(spec.count).toBe(4);
    expect(spec.cookie).toBe(0xfedc_ba98_7654_3210n);
    for (const [index, argument] of meant.entries()) expect(spec.argument(index)).toMatchObject(argument);
    // Nothing is written where the padding and the unused arguments are.
    expect(encodeUsdtSpec(layout, [], 0n)).toEqual(new Uint8Array(size));
  });

  it.each([
    [1, first],
    [2, second],
  ] as const)("generation %i on a big-endian machine", (generation, list) => {
    const bytes = encodeUsdtSpec(layoutOf(list, false), parseUsdtArguments(22, "-4@%r2 8@160(%r15)"), 7n);
    // s390x keeps the first generation's fields; of the second, whole bytes are the same.
    const spec = reader(bytes, generation, false);
    expect(spec.cookie).toBe(7n);
    expect(spec.count).toBe(2);
    expect(spec.argument(0)).toMatchObject({ kind: 1, register: 40, signed: 1, shift: 32 });
    expect(spec.argument(1)).toMatchObject({ kind: 2, value: 160n, register: 144 });
  });

  it("scaled indexes: twelve bits of offset and four of shift", () => {
    const layout = layoutOf(second);
    const list = parseUsdtArguments(62, "-1@-96(%rbp,%rdi,8)");
    expect(unreadableArguments(layout, list)).toEqual([]);
    expect(reader(encodeUsdtSpec(layout, list, 0n), 2).argument(0)).toEqual({
      value: -96n,
      kind: 3,
      register: 32,
      index: 112,
      scale: 3,
      signed: 1,
      shift: 56,
    });
  });

  it("a header without scaled indexes says so, by argument; its neighbours are readable", () => {
    const layout = layoutOf(first);
    const list = parseUsdtArguments(62, "8f@%xmm1 8@(%rax,%rcx,8) -4@%esi");
    expect(unreadableArguments(layout, list)).toEqual([
      { index: 0, text: "8f@%xmm1", reason: expect.stringContaining("%xmm1") as string },
      { index: 1, text: "8@(%rax,%rcx,8)", reason: expect.stringContaining("libbpf's from 1.7") as string },
    ]);
    const spec = reader(encodeUsdtSpec(layout, list, 0n), 1);
    // No kind of the header: bpf_usdt_arg answers -EINVAL there.
    expect(spec.argument(0).kind).toBe(0xff);
    expect(spec.argument(1).kind).toBe(0xff);
    expect(spec.argument(2)).toMatchObject({ kind: 1, register: 104 });
    expect(spec.count).toBe(3);
  });

  it("kinds are numbered as the object's enum numbers them", () => {
    const renumbered = second.map((type) =>
      type.kind === "enum" ? enumeration(type.name, { BPF_USDT_ARG_REG: 9n, BPF_USDT_ARG_SIB: 4n }) : type,
    );
    const list = parseUsdtArguments(62, "8@%rax 8@(%rax,%rcx) 8@$1");
    const spec = reader(encodeUsdtSpec(layoutOf(renumbered), list, 0n), 2);
    expect([0, 1, 2].map((index) => spec.argument(index).kind)).toEqual([9, 4, 0]);
  });

  it("more arguments than a spec holds are left out", () => {
    const list = parseUsdtArguments(62, "8@%rax ".repeat(13));
    expect(reader(encodeUsdtSpec(layoutOf(first), list, 0n), 1).count).toBe(12);
  });

  it.each<[string, BtfType[], RegExp]>([
    [
      "no struct",
      first.map((type, index) => (index === 10 ? int() : type)),
      /its value: expected a struct, found int/,
    ],
    ["no members", types([], 16, { size: 208, cookie: 192, count: 200 }), /val_off: expected a member/],
    [
      "no array",
      first.map((type) => (type.kind === "array" ? int("long", 8) : type)),
      /args: expected an array, found int/,
    ],
    [
      "no enum",
      first.map((type) => (type.kind === "enum" ? int() : type)),
      /arg_type: expected an enum, found int/,
    ],
  ])("%s is UNSUPPORTED", (_, list, message) => {
    expect(() => layoutOf(list)).toThrow(message);
  });
});
