import { describe, expect, test } from "vitest";
import { verifierHint } from "../../../src/kernel/object/verifier-hints.ts";
import { parseVerifierLog } from "../../../src/kernel/object/verifier-log.ts";
import { verifierError } from "../../../src/kernel/object/verifier.ts";
import type { PreparedProgram } from "../../../src/program/relocate/index.ts";

const walk = (...end: string[]) =>
  [
    "func#0 @0",
    "Live regs before insn:",
    "0: R1=ctx() R10=fp0",
    "; __u32 key = 0; @ x.bpf.c:18",
    "0: (b7) r1 = 0                        ; R1=0",
    "1: (63) *(u32 *)(r10 -4) = r1",
    "from 1 to 3: R0=0 R10=fp0",
    "3: (7b) *(u64 *)(r0 +0) = r1",
    ...end,
    "processed 4 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0",
    "",
  ].join("\n");

describe("the reason and its place", () => {
  test.each([
    [walk("R0 invalid mem access 'map_value_or_null'"), "R0 invalid mem access 'map_value_or_null'", 3],
    [
      walk(
        "invalid access to map value, value_size=4 off=8 size=4",
        "R0 min value is outside of the allowed memory range",
      ),
      "invalid access to map value, value_size=4 off=8 size=4; R0 min value is outside of the allowed memory range",
      3,
    ],
    ["unreachable insn 5\nprocessed 0 insns (limit 1000000)\n", "unreachable insn 5", 5],
    ["jump out of range from insn 3 to 9\n", "jump out of range from insn 3 to 9", 3],
    ["invalid BPF_LD_IMM insn\n", "invalid BPF_LD_IMM insn", undefined],
    ["", "", undefined],
    ["processed 0 insns (limit 1000000)\n", "", undefined],
    [walk("verification time 12 usec", "stack depth 0"), "", 3],
  ])("log %#", (log, reason, instruction) => {
    expect(parseVerifierLog(log)).toEqual({ reason, instruction });
  });
});

/** As much of a program as an error needs. */
function prepared(parts: Partial<PreparedProgram> = {}): PreparedProgram {
  const line = (instruction: number, text: string) => ({
    instruction,
    source: { file: "x.bpf.c", line: 18 + instruction, column: 3, text },
    fileNameOffset: 0,
    lineOffset: 0,
    lineColumn: 0,
  });
  return {
    // Only the name is read.
    spec: { name: "main" } as PreparedProgram["spec"],
    code: new Uint8Array(64),
    maps: [],
    modules: [],
    functions: [],
    lines: [line(0, "\t__u32 key = 0;"), line(2, "\t*value = 1;"), line(6, "\treturn 0;")],
    layout: [
      { name: "main", instruction: 0, length: 6 },
      { name: "helper", instruction: 6, length: 2 },
    ],
    poisoned: [],
    explained: [],
    ...parts,
  };
}

test("an error names instruction, C line, reason and advice in one line", () => {
  const error = verifierError(walk("R0 invalid mem access 'map_value_or_null'"), prepared());
  expect(error.message).toBe(
    "instruction 3: x.bpf.c:20: `*value = 1;`: verifier: R0 invalid mem access 'map_value_or_null' " +
      "(compare the pointer with NULL before using it)",
  );
  expect(error.source?.line).toBe(20);
  expect(error.instruction).toBe(3);
  expect(error.log).toContain("processed 4 insns");
});

test("a subprogram is named", () => {
  const error = verifierError("7: (95) exit\nR0 !read_ok\n", prepared());
  expect(error.trail).toEqual(['function "helper"']);
  expect(error.source?.text).toBe("\treturn 0;");
});

test("a poisoned instruction gives relocation's reason, not the verifier's number (RULES 34)", () => {
  const poison = (instruction: number, reason: string) => ({ instruction, imm: 195896080, reason });
  const program = prepared({
    poisoned: [poison(1, "CO-RE field a.b: none"), poison(3, "CO-RE field c.d: none")],
  });
  const log = "3: (85) call unknown#195896080\ninvalid func unknown#195896080\nprocessed 4 insns\n";
  const error = verifierError(log, program);
  expect(error.summary).toBe("this code cannot run on this kernel: CO-RE field c.d: none");
  expect(error.remedy).toMatch(/^guard it with bpf_core_field_exists/);
  const elsewhere = verifierError("5: (85) call 1\nR0 !read_ok\n", program);
  expect(elsewhere.summary).toBe("R0 !read_ok");
});

test.each([
  ["Unreleased reference id=2 alloc_insn=3", /ringbuf_submit/],
  ["R2 !read_ok", /initialise/],
  ["invalid indirect read from stack R2 off -16+4 size 16", /clear the whole variable/],
  ["cannot call GPL-restricted function from non-GPL compatible program", /LICENSE/],
  ["R1 unbounded memory access, make sure to bounds check any such access", /bound the value/],
  ["invalid access to packet, off=0 size=14, R1(id=0,off=0,r=0)", /data_end/],
  ["R1 invalid mem access 'scalar'", /BPF_CORE_READ/],
  ["BPF program is too large. Processed 1000001 insn", /constant bound/],
  ["combined stack size of 3 calls is 544. Too large", /512 bytes/],
])("advice for %s", (reason, advice) => expect(verifierHint(reason)).toMatch(advice));

test("no advice where none is known", () => expect(verifierHint("something new")).toBe(undefined));
