import { describe, expect, it } from "vitest";
import { TsbpfError } from "../../../src/errors.ts";
import { decodeInstructions, disassemble } from "../../../src/format/insn/index.ts";
import { linkProgram } from "../../../src/program/relocate/index.ts";
import type { CodeRelocation, LineInfo } from "../../../src/program/spec/index.ts";
import { call, exit, functionOf, ldimm64, mov, objectOf, programOf } from "./support.ts";

const callAt = (instruction: number, target: number): CodeRelocation => ({
  kind: "call",
  instruction,
  target,
});
const addressAt = (instruction: number, target: number): CodeRelocation => ({
  kind: "function",
  instruction,
  target,
});
const line = (instruction: number, text = "x = 1;"): LineInfo => ({
  instruction,
  source: { file: "a.bpf.c", line: 7, column: 1, text },
  fileNameOffset: 11,
  lineOffset: 22,
  lineColumn: 7168,
});

/** .text: c at 0 (2 slots), b at 2 (3 slots, calls c), a at 5 (3 slots, calls b). */
const c = functionOf("c", [mov(0, 3), exit], { offset: 0 });
const b = functionOf("b", [mov(0, 2), call, exit], { offset: 2, relocations: [callAt(1, 0)] });
const a = functionOf("a", [mov(0, 1), call, exit], { offset: 5, relocations: [callAt(1, 2)] });

describe("linking of subprograms", () => {
  it("RULES 31: appends each reachable subprogram once, depth first at the first call", () => {
    const program = programOf("main", [call, call, call, exit], {
      relocations: [callAt(0, 5), callAt(1, 0), callAt(2, 2)],
    });
    const linked = linkProgram(objectOf({ programs: [program], subprograms: [c, b, a] }), program);
    expect(linked.functions.map(({ spec, instruction }) => [spec.name, instruction])).toEqual([
      ["main", 0],
      ["a", 4],
      ["b", 7],
      ["c", 10],
    ]);
    // main → a (+3), c (+8), b (+4); a → b; b → c.
    const imms = decodeInstructions(linked.code).filter(({ opcode }) => opcode === 0x85);
    expect(imms.map(({ imm }) => imm)).toEqual([3, 8, 4, 1, 1]);
  });

  it("RULES 31: gives each program its own copy and leaves the spec alone", () => {
    const first = programOf("first", [call, exit], { relocations: [callAt(0, 0)] });
    const second = programOf("second", [mov(1, 1), mov(2, 2), call, exit], { relocations: [callAt(2, 0)] });
    const spec = objectOf({ programs: [first, second], subprograms: [c] });
    const before = JSON.stringify(spec, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
    expect(disassemble(linkProgram(spec, first).code)).toContain("0: (85) call pc+1");
    expect(disassemble(linkProgram(spec, second).code)).toContain("2: (85) call pc+1");
    const after = JSON.stringify(spec, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
    expect(after).toBe(before);
  });

  it("RULES 31: rebases the relocations of subprograms", () => {
    const reader = functionOf("reader", [mov(0, 0), ldimm64(1), exit], {
      relocations: [{ kind: "map", instruction: 1, map: "m" }],
      coreRelocations: [{ instruction: 0, type: 1, access: "0:0", kind: "field_exists" }],
    });
    const program = programOf("main", [mov(1, 0), call, exit], { relocations: [callAt(1, 0)] });
    const linked = linkProgram(objectOf({ programs: [program], subprograms: [reader] }), program);
    expect(linked.references).toEqual([{ kind: "map", instruction: 4, map: "m" }]);
    expect(linked.coreRelocations.map(({ instruction }) => instruction)).toEqual([3]);
  });

  it("RULES 30: a call inside .text without relocation counts from its place in the section", () => {
    const lower = functionOf("lower", [mov(0, 0), { ...call, imm: 1 }, exit], { offset: 10 });
    const upper = functionOf("upper", [mov(0, 0), exit], { offset: 13 });
    const program = programOf("main", [call, exit], { relocations: [callAt(0, 10)] });
    const linked = linkProgram(objectOf({ programs: [program], subprograms: [lower, upper] }), program);
    expect(linked.functions.map(({ spec }) => spec.name)).toEqual(["main", "lower", "upper"]);
    expect(decodeInstructions(linked.code)[3]?.imm).toBe(1);
  });

  it("RULES 30: the address of a subprogram becomes PSEUDO_FUNC and counts from the instruction", () => {
    const program = programOf("main", [mov(1, 1), ldimm64(2), exit], { relocations: [addressAt(1, 0)] });
    const linked = linkProgram(objectOf({ programs: [program], subprograms: [c] }), program);
    expect(decodeInstructions(linked.code)[1]).toEqual({ opcode: 0x18, dst: 2, src: 4, off: 0, imm: 2n });
  });

  it("ends on recursion", () => {
    const self = functionOf("self", [call, exit], { relocations: [callAt(0, 0)] });
    const program = programOf("main", [call, exit], { relocations: [callAt(0, 0)] });
    const linked = linkProgram(objectOf({ programs: [program], subprograms: [self] }), program);
    expect(decodeInstructions(linked.code).map(({ imm }) => imm)).toEqual([1, 0, -1, 0]);
  });

  it("follows a chain of 20,000 functions", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      functionOf(`f${index}`, [call, exit], {
        offset: index * 2,
        relocations: index === 19_999 ? [] : [callAt(0, (index + 1) * 2)],
      }),
    );
    const last = functionOf("last", [exit], { offset: 40_000 });
    const program = programOf("main", [call, exit], { relocations: [callAt(0, 0)] });
    const spec = objectOf({ programs: [program], subprograms: [...chain, last] });
    expect(() => linkProgram(spec, program)).not.toThrow(RangeError);
  });

  it("leaves big-endian code big-endian", () => {
    const target = functionOf("t", [exit], { littleEndian: false });
    const program = programOf("main", [call, exit], { relocations: [callAt(0, 0)], littleEndian: false });
    const spec = objectOf({ littleEndian: false, programs: [program], subprograms: [target] });
    expect(decodeInstructions(linkProgram(spec, program).code, false)[0]?.imm).toBe(1);
  });

  const faults: readonly [string, Parameters<typeof programOf>[1], CodeRelocation[], RegExp][] = [
    [
      "a target outside",
      [call, exit],
      [callAt(0, 99)],
      /slot 99 of \.text, which is outside of every function/,
    ],
    ["a target inside", [call, exit], [callAt(0, 1)], /slot 1 of \.text, which is inside "c"/],
    ["a call outside .text", [{ ...call, imm: 0 }, exit], [], /expected a call of a function in \.text/],
    ["a call relocation on a move", [mov(0, 0), exit], [callAt(0, 0)], /expected a call reference on a call/],
    ["an address on a call", [call, exit], [addressAt(0, 0)], /expected a function reference/],
  ];
  for (const [what, code, relocations, message] of faults) {
    it(`refuses ${what}`, () => {
      const program = programOf("main", code, { relocations });
      const spec = objectOf({ programs: [program], subprograms: [c] });
      expect(() => linkProgram(spec, program)).toThrow(message);
      expect(() => linkProgram(spec, program)).toThrow(/^program "main": instruction 0: /);
      expect(() => linkProgram(spec, program)).toThrow(TsbpfError);
    });
  }

  it("refuses more than a million instructions", () => {
    const huge = functionOf("huge", [exit], { code: new Uint8Array(8_000_008) });
    const program = programOf("main", [call, exit], { relocations: [callAt(0, 0)] });
    const spec = objectOf({ programs: [program], subprograms: [huge] });
    expect(() => linkProgram(spec, program)).toThrow("expected at most 1000000 instructions");
  });
});

describe("function and line info", () => {
  const relocations = [callAt(1, 0)];
  const sub = functionOf("sub", [mov(0, 0), exit], { btfId: 9, lines: [line(0), line(1)] });

  it("RULES 33: records move with the code", () => {
    const program = programOf("main", [mov(1, 0), call, exit], { relocations, btfId: 5, lines: [line(0)] });
    const linked = linkProgram(objectOf({ programs: [program], subprograms: [sub] }), program);
    expect(linked.functionInfo).toEqual([
      { instruction: 0, type: 5 },
      { instruction: 3, type: 9 },
    ]);
    expect(linked.lines.map(({ instruction, lineOffset }) => [instruction, lineOffset])).toEqual([
      [0, 22],
      [3, 22],
      [4, 22],
    ]);
  });

  it("RULES 33: a program without function info has none for its subprograms either", () => {
    const program = programOf("main", [mov(1, 0), call, exit], { relocations });
    const linked = linkProgram(objectOf({ programs: [program], subprograms: [sub] }), program);
    expect([linked.functionInfo, linked.lines]).toEqual([[], []]);
  });

  it("RULES 33: a subprogram without function info is an error if the program has it", () => {
    const program = programOf("main", [mov(1, 0), call, exit], { relocations, btfId: 5 });
    const bare = { ...sub, btfId: undefined };
    const spec = objectOf({ programs: [program], subprograms: [bare] });
    expect(() => linkProgram(spec, program)).toThrow(
      /^program "main": expected \.BTF\.ext function info for subprogram "sub"/,
    );
  });
});
