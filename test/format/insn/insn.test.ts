import { describe, expect, it } from "vitest";
import { MalformedError, TsbpfError } from "../../../src/errors.ts";
import {
  decodeInstructions,
  disassemble,
  encodeInstructions,
  formatInstruction,
  helperName,
  InstructionView,
  isWideLoad,
  type Instruction,
} from "../../../src/format/insn/index.ts";

/** Opcode, registers and fields as they stand in the object, and the kernel's words for them. */
const notation: readonly [Instruction, string][] = [
  [{ opcode: 0xb7, dst: 2, src: 0, off: 0, imm: 6 }, "(b7) r2 = 6"],
  [{ opcode: 0xb7, dst: 1, src: 0, off: 0, imm: -1 }, "(b7) r1 = -1"],
  [{ opcode: 0xb4, dst: 1, src: 0, off: 0, imm: 5 }, "(b4) w1 = 5"],
  [{ opcode: 0xbf, dst: 6, src: 1, off: 0, imm: 0 }, "(bf) r6 = r1"],
  [{ opcode: 0xbf, dst: 6, src: 1, off: 8, imm: 0 }, "(bf) r6 = (s8)r1"],
  [{ opcode: 0xbf, dst: 6, src: 1, off: 32, imm: 0 }, "(bf) r6 = (s32)r1"],
  [{ opcode: 0xbc, dst: 6, src: 1, off: 16, imm: 0 }, "(bc) w6 = (s16)w1"],
  [{ opcode: 0xbf, dst: 3, src: 2, off: 1, imm: 1 }, "(bf) r3 = addr_space_cast(r2, 0, 1)"],
  [{ opcode: 0xbf, dst: 3, src: 2, off: 1, imm: 0x10000 }, "(bf) r3 = addr_space_cast(r2, 1, 0)"],
  [{ opcode: 0xbf, dst: 3, src: 2, off: -1, imm: 0 }, "(bf) r3 = &(void __percpu *)(r2)"],
  [{ opcode: 0x07, dst: 2, src: 0, off: 0, imm: -16 }, "(07) r2 += -16"],
  [{ opcode: 0x1f, dst: 2, src: 3, off: 0, imm: 0 }, "(1f) r2 -= r3"],
  [{ opcode: 0x37, dst: 2, src: 0, off: 0, imm: 10 }, "(37) r2 /= 10"],
  [{ opcode: 0x37, dst: 2, src: 0, off: 1, imm: 10 }, "(37) r2 s/= 10"],
  [{ opcode: 0x9c, dst: 2, src: 4, off: 1, imm: 0 }, "(9c) w2 s%= w4"],
  [{ opcode: 0xc7, dst: 2, src: 0, off: 0, imm: 32 }, "(c7) r2 s>>= 32"],
  [{ opcode: 0x87, dst: 2, src: 0, off: 0, imm: 0 }, "(87) r2 = -r2"],
  [{ opcode: 0x84, dst: 2, src: 0, off: 0, imm: 0 }, "(84) w2 = -w2"],
  [{ opcode: 0xdc, dst: 2, src: 0, off: 0, imm: 16 }, "(dc) r2 = be16 r2"],
  [{ opcode: 0xd4, dst: 2, src: 0, off: 0, imm: 64 }, "(d4) r2 = le64 r2"],
  [{ opcode: 0xd7, dst: 2, src: 0, off: 0, imm: 32 }, "(d7) r2 = bswap32 r2"],
  [{ opcode: 0x79, dst: 1, src: 6, off: 8, imm: 0 }, "(79) r1 = *(u64 *)(r6 +8)"],
  [{ opcode: 0x61, dst: 1, src: 6, off: -4, imm: 0 }, "(61) r1 = *(u32 *)(r6 -4)"],
  [{ opcode: 0x91, dst: 1, src: 6, off: 0, imm: 0 }, "(91) r1 = *(s8 *)(r6 +0)"],
  [{ opcode: 0x81, dst: 1, src: 6, off: 2, imm: 0 }, "(81) r1 = *(s32 *)(r6 +2)"],
  [{ opcode: 0x7b, dst: 10, src: 6, off: -8, imm: 0 }, "(7b) *(u64 *)(r10 -8) = r6"],
  [{ opcode: 0x73, dst: 10, src: 6, off: -8, imm: 0 }, "(73) *(u8 *)(r10 -8) = r6"],
  [{ opcode: 0x62, dst: 10, src: 0, off: -8, imm: 7 }, "(62) *(u32 *)(r10 -8) = 7"],
  [{ opcode: 0xc2, dst: 0, src: 0, off: 0, imm: 0 }, "(c2) nospec"],
  [{ opcode: 0xdb, dst: 1, src: 2, off: 0, imm: 0 }, "(db) lock *(u64 *)(r1 +0) += r2"],
  [{ opcode: 0xc3, dst: 1, src: 2, off: 4, imm: 0x50 }, "(c3) lock *(u32 *)(r1 +4) &= r2"],
  [{ opcode: 0xdb, dst: 1, src: 2, off: 0, imm: 1 }, "(db) r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)"],
  [{ opcode: 0xc3, dst: 1, src: 2, off: 0, imm: 0xa1 }, "(c3) r2 = atomic_fetch_xor((u32 *)(r1 +0), r2)"],
  [{ opcode: 0xdb, dst: 1, src: 2, off: 0, imm: 0xe1 }, "(db) r2 = atomic64_xchg((u64 *)(r1 +0), r2)"],
  [{ opcode: 0xc3, dst: 1, src: 2, off: 0, imm: 0xf1 }, "(c3) r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)"],
  [{ opcode: 0xd3, dst: 1, src: 2, off: 3, imm: 0x100 }, "(d3) r1 = load_acquire((u8 *)(r2 +3))"],
  [{ opcode: 0xcb, dst: 1, src: 2, off: 2, imm: 0x110 }, "(cb) store_release((u16 *)(r1 +2), r2)"],
  [{ opcode: 0x18, dst: 1, src: 0, off: 0, imm: 0x1234n }, "(18) r1 = 0x1234 ll"],
  [{ opcode: 0x18, dst: 1, src: 0, off: 0, imm: 0xffffffff_80000000n }, "(18) r1 = 0xffffffff80000000 ll"],
  [{ opcode: 0x18, dst: 1, src: 1, off: 0, imm: 7n }, "(18) r1 = map_fd[7] ll"],
  [{ opcode: 0x18, dst: 1, src: 2, off: 0, imm: 0x10_00000007n }, "(18) r1 = map_value[7]+16 ll"],
  [{ opcode: 0x18, dst: 1, src: 4, off: 0, imm: 3n }, "(18) r1 = func[3] ll"],
  [{ opcode: 0x20, dst: 0, src: 0, off: 0, imm: 12 }, "(20) r0 = *(u32 *)skb[12]"],
  [{ opcode: 0x48, dst: 0, src: 7, off: 0, imm: 14 }, "(48) r0 = *(u16 *)skb[r7 + 14]"],
  [{ opcode: 0x15, dst: 0, src: 0, off: 3, imm: 0 }, "(15) if r0 == 0x0 goto pc+3"],
  [{ opcode: 0x16, dst: 0, src: 0, off: -3, imm: -1 }, "(16) if w0 == 0xffffffff goto pc-3"],
  [{ opcode: 0x2d, dst: 1, src: 2, off: 3, imm: 0 }, "(2d) if r1 > r2 goto pc+3"],
  [{ opcode: 0xde, dst: 1, src: 2, off: 3, imm: 0 }, "(de) if w1 s<= w2 goto pc+3"],
  [{ opcode: 0x45, dst: 1, src: 0, off: 3, imm: 8 }, "(45) if r1 & 0x8 goto pc+3"],
  [{ opcode: 0x05, dst: 0, src: 0, off: -2, imm: 0 }, "(05) goto pc-2"],
  [{ opcode: 0x06, dst: 0, src: 0, off: 0, imm: 70000 }, "(06) gotol pc+70000"],
  [{ opcode: 0x0d, dst: 4, src: 0, off: 0, imm: 0 }, "(0d) gotox r4"],
  [{ opcode: 0xe5, dst: 0, src: 0, off: 5, imm: 0 }, "(e5) may_goto pc+5"],
  [{ opcode: 0x85, dst: 0, src: 0, off: 0, imm: 113 }, "(85) call bpf_probe_read_kernel#113"],
  [{ opcode: 0x85, dst: 0, src: 0, off: 0, imm: 195896080 }, "(85) call unknown#195896080"],
  [{ opcode: 0x85, dst: 0, src: 1, off: 0, imm: -7 }, "(85) call pc-7"],
  [{ opcode: 0x85, dst: 0, src: 2, off: 0, imm: 4711 }, "(85) call kernel-function#4711"],
  [{ opcode: 0x8d, dst: 3, src: 0, off: 0, imm: 0 }, "(8d) callx r3"],
  [{ opcode: 0x8d, dst: 0, src: 0, off: 0, imm: 3 }, "(8d) callx r3"],
  [{ opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 }, "(95) exit"],
  // What no kernel knows: all eight bytes, never an exception.
  [{ opcode: 0xff, dst: 1, src: 2, off: 3, imm: 4 }, "(ff) ff 21 03 00 04 00 00 00"],
  [{ opcode: 0xbf, dst: 1, src: 2, off: 3, imm: 0 }, "(bf) bf 21 03 00 00 00 00 00"],
  [{ opcode: 0xd7, dst: 1, src: 0, off: 0, imm: 8 }, "(d7) d7 01 00 00 08 00 00 00"],
  [{ opcode: 0xdb, dst: 1, src: 2, off: 0, imm: 0x77 }, "(db) db 21 00 00 77 00 00 00"],
  [{ opcode: 0xcb, dst: 1, src: 2, off: 0, imm: 0 }, "(cb) cb 21 00 00 00 00 00 00"],
  [{ opcode: 0x99, dst: 1, src: 2, off: 0, imm: 0 }, "(99) 99 21 00 00 00 00 00 00"],
  [{ opcode: 0x86, dst: 0, src: 0, off: 0, imm: 1 }, "(86) 86 00 00 00 01 00 00 00"],
  [{ opcode: 0x00, dst: 0, src: 0, off: 0, imm: 1 }, "(00) 00 00 00 00 01 00 00 00"],
  // The second half is missing.
  [{ opcode: 0x18, dst: 1, src: 0, off: 0, imm: 1 }, "(18) 18 01 00 00 01 00 00 00"],
];

describe("the kernel's notation", () => {
  for (const [instruction, text] of notation) {
    it(text, () => {
      const code = encodeInstructions([instruction]);
      expect(formatInstruction(new InstructionView(code), 0)).toBe(text);
    });
  }

  it("is the same for big-endian code", () => {
    for (const [instruction, text] of notation) {
      const view = new InstructionView(encodeInstructions([instruction], false), false);
      if (!/^\(..\) ..( ..){7}$/.test(text)) expect(formatInstruction(view, 0)).toBe(text);
    }
  });

  it("names helpers by number", () => {
    expect(helperName(113)).toBe("bpf_probe_read_kernel");
    expect(helperName(1 << 20)).toBeUndefined();
  });
});

describe("encode and decode", () => {
  const program = notation.slice(0, -1).map(([instruction]) => instruction);
  for (const littleEndian of [true, false]) {
    it(`give back what they were given, ${littleEndian ? "little" : "big"} endian`, () => {
      const code = encodeInstructions(program, littleEndian);
      expect(decodeInstructions(code, littleEndian)).toEqual(program);
    });
  }

  it("put the registers where each byte order has them", () => {
    const add = [{ opcode: 0x0f, dst: 1, src: 2, off: 0x0304, imm: 0x05060708 }];
    expect([...encodeInstructions(add)]).toEqual([0x0f, 0x21, 4, 3, 8, 7, 6, 5]);
    expect([...encodeInstructions(add, false)]).toEqual([0x0f, 0x12, 3, 4, 5, 6, 7, 8]);
  });

  const bad: readonly [string, Instruction, RegExp][] = [
    ["off", { opcode: 0x05, dst: 0, src: 0, off: 40000, imm: 0 }, /off: expected .* found 40000/],
    ["imm", { opcode: 0xb7, dst: 0, src: 0, off: 0, imm: 2 ** 32 }, /imm: expected .* found 4294967296/],
    ["dst", { opcode: 0xb7, dst: 16, src: 0, off: 0, imm: 0 }, /dst/],
    ["opcode", { opcode: 1.5, dst: 0, src: 0, off: 0, imm: 0 }, /opcode/],
    ["bigint", { opcode: 0xb7, dst: 0, src: 0, off: 0, imm: 1n }, /0xb7: expected a number/],
  ];
  for (const [what, instruction, message] of bad) {
    it(`refuses a bad ${what}`, () => {
      expect(() => encodeInstructions([instruction])).toThrow(message);
      expect(() => encodeInstructions([instruction])).toThrow(TsbpfError);
    });
  }

  it("refuses half a slot", () => {
    expect(() => decodeInstructions(new Uint8Array(12))).toThrow(MalformedError);
    expect(() => decodeInstructions(new Uint8Array(12))).toThrow(
      "offset 8: expected instructions of 8 bytes",
    );
  });
});

describe("the view", () => {
  it("sets fields in place, on a slice of a larger buffer", () => {
    const pool = new Uint8Array(40);
    const view = new InstructionView(pool.subarray(8, 32));
    view.setOpcode(1, 0x18);
    view.setDst(1, 3);
    view.setSrc(1, 2);
    view.setOff(1, -2);
    view.setImm64(1, 0xfedcba98_76543210n);
    expect([view.length, view.opcode(1), view.dst(1), view.src(1), view.off(1)]).toEqual([3, 0x18, 3, 2, -2]);
    expect(view.imm64(1)).toBe(0xfedcba98_76543210n);
    expect([view.imm(1) >>> 0, view.imm(2) >>> 0]).toEqual([0x76543210, 0xfedcba98]);
    expect(pool.subarray(0, 16).every((byte) => byte === 0)).toBe(true);
    expect([isWideLoad(0x18), view.slots(1), view.slots(0)]).toEqual([true, 2, 1]);
  });

  it("refuses a slot outside", () => {
    const view = new InstructionView(new Uint8Array(8));
    expect(() => view.imm(1)).toThrow("expected an instruction below 1, found instruction 1");
    expect(() => view.setImm(-1, 0)).toThrow(MalformedError);
  });
});

describe("disassembly", () => {
  it("puts functions, sources, references and remarks in place", () => {
    const code = encodeInstructions([
      { opcode: 0x18, dst: 1, src: 1, off: 0, imm: 0n },
      { opcode: 0x85, dst: 0, src: 1, off: 0, imm: 1 },
      { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
      { opcode: 0xb7, dst: 0, src: 0, off: 0, imm: 0 },
    ]);
    const references = new Map([
      [0, "map[events]"],
      [2, "count"],
    ]);
    expect(
      disassemble(code, {
        reference: (slot) => references.get(slot),
        function: (slot) => ({ 0: "main", 4: "count" })[slot],
        source: (slot) => (slot === 2 ? "return count();" : undefined),
        remark: (slot) => (slot === 4 ? "core" : undefined),
      }),
    ).toBe(
      [
        "main:",
        "   0: (18) r1 = map[events] ll",
        "; return count();",
        "   2: (85) call count",
        "   3: (95) exit",
        "count:",
        "   4: (b7) r0 = 0  ; core",
        "",
      ].join("\n"),
    );
    expect(disassemble(new Uint8Array(0))).toBe("");
  });
});
