import type { UsdtRegister } from "./types.ts";

// Offsets are those of what a BPF program gets as its context (bpf_user_pt_regs_t): arch/*/include/uapi/asm/ptrace.h.

/** x86-64, `struct pt_regs`: each row is a register of 8 bytes with its narrower names. */
const x86Rows = (
  "r15 r15d r15w r15b|r14 r14d r14w r14b|r13 r13d r13w r13b|r12 r12d r12w r12b|rbp ebp bp bpl|rbx ebx bx bl|" +
  "r11 r11d r11w r11b|r10 r10d r10w r10b|r9 r9d r9w r9b|r8 r8d r8w r8b|rax eax ax al|rcx ecx cx cl|rdx edx dx dl|" +
  "rsi esi si sil|rdi edi di dil||rip eip|||rsp esp sp spl"
).split("|");

const x86 = new Map<string, number>();
for (const [row, names] of x86Rows.entries()) {
  for (const name of names.split(" ")) if (name !== "") x86.set(name, row * 8);
}
// The second byte of a register: programs read from any offset, and the size cuts off what is above.
for (const letter of ["a", "b", "c", "d"]) x86.set(`${letter}h`, (x86.get(`r${letter}x`) ?? 0) + 1);

/** riscv, `struct user_regs_struct`. */
const riscv = new Map<string, number>();
for (const [
  row,
  name,
] of "pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6"
  .split(" ")
  .entries()) {
  riscv.set(name, row * 8);
}
riscv.set("fp", riscv.get("s0") ?? 0);

/** arm, `struct pt_regs`: 18 words. */
const arm = new Map<string, number>();
for (let number = 0; number < 16; number++) arm.set(`r${number}`, number * 4);
for (const [name, number] of [
  ["sl", 10],
  ["fp", 11],
  ["ip", 12],
  ["sp", 13],
  ["lr", 14],
  ["pc", 15],
] as const) {
  arm.set(name, number * 4);
}

/** A register of x86-64 without its `%`. */
export function x86Register(name: string): UsdtRegister | undefined {
  return found(name, x86.get(name));
}

/** arm64, `struct user_pt_regs`: x0 to x30, sp, pc. The `w` registers are their lower halves. */
export function arm64Register(name: string): UsdtRegister | undefined {
  if (name === "sp" || name === "wsp") return { name, offset: 31 * 8 };
  if (name === "pc") return { name, offset: 32 * 8 };
  return numbered(/^[xw](\d{1,2})$/.exec(name), 31, (number) => number * 8);
}

/** s390x, `user_pt_regs`: a word of arguments and two of PSW stand before the 16 registers. */
export function s390Register(name: string): UsdtRegister | undefined {
  return numbered(/^r(\d{1,2})$/.exec(name), 16, (number) => 24 + number * 8);
}

/** riscv by ABI name. */
export function riscvRegister(name: string): UsdtRegister | undefined {
  return found(name, riscv.get(name));
}

/** arm (32 bits). */
export function armRegister(name: string): UsdtRegister | undefined {
  return found(name, arm.get(name));
}

function found(name: string, offset: number | undefined): UsdtRegister | undefined {
  return offset === undefined ? undefined : { name, offset };
}

function numbered(
  match: RegExpExecArray | null,
  count: number,
  offset: (number: number) => number,
): UsdtRegister | undefined {
  const number = Number(match?.[1] ?? NaN);
  return number < count ? { name: match?.[0] ?? "", offset: offset(number) } : undefined;
}
