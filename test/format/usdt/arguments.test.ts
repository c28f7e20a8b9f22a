import { describe, expect, it } from "vitest";
import {
  describeUsdtArgument,
  parseUsdtArguments,
  usdtArchitecture,
} from "../../../src/format/usdt/index.ts";

const machines = { i386: 3, s390x: 22, arm: 40, "x86-64": 62, arm64: 183, riscv: 243 } as const;

/** Operand → what it means, and the offset of its registers in the context of a program. */
const readable: readonly [
  machine: keyof typeof machines,
  text: string,
  meaning: string,
  ...offsets: number[],
][] = [
  ["x86-64", "-4@$10", "s32 = 10"],
  ["x86-64", "-4@$-9", "s32 = -9"],
  ["x86-64", "8@$0x7f", "u64 = 127"],
  ["x86-64", "-4@%edi", "s32 in edi", 112],
  ["x86-64", "8@%rax", "u64 in rax", 80],
  ["x86-64", "2@%ax", "u16 in ax", 80],
  ["x86-64", "1@%al", "u8 in al", 80],
  ["x86-64", "1@%ah", "u8 in ah", 81],
  ["x86-64", "-1@%bh", "s8 in bh", 41],
  ["x86-64", "1@%sil", "u8 in sil", 104],
  ["x86-64", "4@%r15d", "u32 in r15d", 0],
  ["x86-64", "8@%rsp", "u64 in rsp", 152],
  ["x86-64", "-4@-1204(%rbp)", "s32 at rbp-1204", 32],
  ["x86-64", "8@(%rsp)", "u64 at rsp", 152],
  ["x86-64", "1@-96(%rbp,%rax,8)", "u8 at rbp+rax*8-96", 32, 80],
  ["x86-64", "1@(%rbp,%r12,4)", "u8 at rbp+r12*4", 32, 24],
  ["x86-64", "1@-96(%rbp,%rax)", "u8 at rbp+rax-96", 32, 80],
  ["x86-64", "8@(%rbx, %rcx, 2)", "u64 at rbx+rcx*2", 40, 88],
  ["x86-64", "-4@counter(%rip)", "s32 at counter", 128],
  ["x86-64", "8@counter+16(%rip)", "u64 at counter+16", 128],
  ["x86-64", "8@counter.1-8(%rip)", "u64 at counter.1-8", 128],
  ["x86-64", "4@table(,%rdi,4)", "u32 at table+rdi*4", 112],
  ["x86-64", "4@counter", "u32 at counter"],
  ["x86-64", "8f@-16(%rbp)", "f64 at rbp-16", 32],
  // Assembly without sizes: a word.
  ["x86-64", "%eax", "u64 in eax", 80],
  ["i386", "-4@%eax", "s32 in eax", 80],
  ["i386", "8@-160(%ebp)", "u64 at ebp-160", 32],
  ["i386", "4@counter", "u32 at counter"],
  ["i386", "%eax", "u32 in eax", 80],
  ["arm64", "8@x0", "u64 in x0", 0],
  ["arm64", "-4@x30", "s32 in x30", 240],
  ["arm64", "-4@w5", "s32 in w5", 40],
  ["arm64", "8@sp", "u64 in sp", 248],
  ["arm64", "4@5", "u32 = 5"],
  ["arm64", "-4@-5", "s32 = -5"],
  ["arm64", "4@wzr", "u32 = 0"],
  ["arm64", "-4@[sp, 96]", "s32 at sp+96", 248],
  ["arm64", "-4@[sp]", "s32 at sp", 248],
  ["arm64", "8@[x19,-8]", "u64 at x19-8", 152],
  ["arm64", "8@[x1, x2]", "u64 at x1+x2", 8, 16],
  ["arm64", "4@[x1, x2, lsl 2]", "u32 at x1+x2*4", 8, 16],
  ["arm64", "4@[x1, x2, lsl #3]", "u32 at x1+x2*8", 8, 16],
  ["s390x", "-8@%r0", "s64 in r0", 24],
  ["s390x", "8@%r15", "u64 in r15", 144],
  ["s390x", "4@71", "u32 = 71"],
  ["s390x", "-2@-28(%r15)", "s16 at r15-28", 144],
  ["s390x", "8@8(%r1,%r2)", "u64 at r1+r2+8", 32, 40],
  ["riscv", "-8@a1", "s64 in a1", 88],
  ["riscv", "8@s11", "u64 in s11", 216],
  ["riscv", "4@5", "u32 = 5"],
  ["riscv", "4@zero", "u32 = 0"],
  ["riscv", "-8@-88(s0)", "s64 at s0-88", 64],
  ["arm", "-4@r4", "s32 in r4", 16],
  ["arm", "4@#5", "u32 = 5"],
  ["arm", "-4@[fp, #96]", "s32 at fp+96", 44],
  ["arm", "4@[sp]", "u32 at sp", 52],
  ["arm", "4@[r1, r2, lsl #2]", "u32 at r1+r2*4", 4, 8],
];

/** Operand → words of the reason. */
const unreadable: readonly [machine: keyof typeof machines, text: string, reason: RegExp][] = [
  ["x86-64", "8f@%xmm0", /floating point registers.*%xmm0/],
  ["x86-64", "8f@%st(1)", /floating point registers.*%st\(1\)/],
  ["x86-64", "16@%rax", /16 bytes/],
  ["x86-64", "3@%rax", /3 bytes/],
  ["x86-64", "8@%cr3", /%cr3 is no general register/],
  ["x86-64", "8@%fs:8", /thread-local/],
  ["x86-64", "8@-8(%xmm0)", /%xmm0 is no general register/],
  ["x86-64", "8@(%rax,%rbx,3)", /scale 3/],
  ["x86-64", "8@(%rax,%rbx,8,9)", /scale/],
  ["x86-64", "8@counter@GOTPCREL(%rip)", /neither a number nor a symbol/],
  ["x86-64", "8@$message", /address of message/],
  ["x86-64", "8@((%rax))", /no operand/],
  ["i386", "4@counter@GOTOFF(%ebx)", /neither a number nor a symbol/],
  ["arm64", "8f@d0", /floating point.*d0/],
  ["arm64", "8@x31", /no register/],
  ["arm64", "8@[x0, w1, sxtw 3]", /extended/],
  ["arm64", "8@[x0, x1, asr 2]", /asr 2/],
  ["arm64", "8@[x0, 8]!", /no memory operand/],
  ["arm64", "8@[x0, :lo12:counter]", /neither a number nor a register/],
  ["s390x", "8@%f2", /floating point/],
  ["s390x", "8@%r16", /%r16/],
  ["s390x", "8@counter", /no operand of s390x/],
  ["riscv", "8@fa0", /floating point/],
  ["riscv", "8@%lo(counter)(a5)", /no operand of riscv/],
  ["arm", "8f@d7", /floating point/],
  ["arm", "4@[q0]", /q0 is no general register/],
];

function offsets(machine: keyof typeof machines, text: string): number[] {
  const [argument] = parseUsdtArguments(machines[machine], text);
  const place = argument?.place;
  if (place?.kind === "register") return [place.register.offset];
  if (place?.kind !== "memory") return [];
  return [place.base, place.index].flatMap((register) => register?.offset ?? []);
}

describe("operands", () => {
  it.each(readable)("%s %s is %s", (machine, text, meaning, ...registers) => {
    const parsed = parseUsdtArguments(machines[machine], text);
    expect(parsed.map(describeUsdtArgument)).toEqual([meaning]);
    expect(parsed[0]?.text).toBe(text);
    expect(offsets(machine, text)).toEqual(registers);
  });

  it.each(unreadable)("%s %s is unreadable: %s", (machine, text, reason) => {
    const [argument, ...more] = parseUsdtArguments(machines[machine], text);
    expect(more).toEqual([]);
    expect(argument?.place).toEqual({ kind: "unreadable", reason: expect.stringMatching(reason) as string });
  });

  it("an architecture that is not known makes its arguments unreadable, not absent", () => {
    expect(usdtArchitecture(8)).toBeUndefined();
    expect(parseUsdtArguments(8, "4@$2 4@$3").map(({ place }) => place.kind)).toEqual([
      "unreadable",
      "unreadable",
    ]);
  });
});

describe("lists of arguments", () => {
  it.each([
    ["", []],
    [":-4@%eax", []],
    ["8@%rdx 8@-80(%rbx)", ["8@%rdx", "8@-80(%rbx)"]],
    ["-4@[sp, 12] 8@x0 4@[x1, x2, lsl 2]", ["-4@[sp, 12]", "8@x0", "4@[x1, x2, lsl 2]"]],
    ["  8@%rdx  -4@(%rax, %rbx)", ["8@%rdx", "-4@(%rax, %rbx)"]],
  ])("%j has %j", (text, parts) => {
    expect(parseUsdtArguments(text.includes("x0") ? 183 : 62, text).map((argument) => argument.text)).toEqual(
      parts,
    );
  });

  it("a thousand arguments take a thousand steps", () => {
    expect(parseUsdtArguments(62, "8@%rax ".repeat(1000))).toHaveLength(1000);
  });
});
