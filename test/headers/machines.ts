/** One machine: how its kernel lays out the saved registers, and where each role must be found there. */
export interface Machine {
  /** What comes behind `-D__TARGET_ARCH_`. */
  readonly target: string;
  readonly flags?: readonly string[];
  /** The declaration, in the kernel's words, of what the macros read from. */
  readonly declaration: string;
  /** Byte offsets of arguments 1, 2, … */
  readonly arguments: readonly number[];
  /** Byte offsets of system call arguments, from the second on: the first is in `first`. */
  readonly systemCall: readonly number[];
  /** The member with the first argument of a system call, and its struct when that is another one. */
  readonly first: readonly [member: string, flavour?: string];
  /** Return address, frame pointer, result, stack pointer, program counter; undefined: the machine has none. */
  readonly roles: readonly [
    ret: number | undefined,
    fp: number | undefined,
    rc: number,
    sp: number,
    ip: number,
  ];
}

const words = (...registers: number[]): number[] => registers.map((register) => register * 8);
const longs = (names: string): string => `unsigned long ${names};`;

// arch/…/include/uapi/asm/ptrace.h of Linux 6.18, and arch/x86/include/asm/ptrace.h for the kernel's own names.
const x86Kernel = "r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss";
const x86User =
  "r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, eflags, rsp, ss";
const x86 = {
  target: "x86",
  // rdi, rsi, rdx, rcx, r8, r9; system calls have r10 in rcx's place: System V ABI for x86-64, 3.2.3 and A.2.1
  arguments: words(14, 13, 12, 11, 9, 8),
  systemCall: words(13, 12, 7, 9, 8),
  roles: [19 * 8, 4 * 8, 10 * 8, 19 * 8, 16 * 8],
} as const;
const riscvNames =
  "pc, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6";
const arcNames = "bta, lp_start, lp_end, lp_count, status32, ret, blink, fp, gp, r12, r11, r10, r9, r8, r7, r6, r5, r4, r3, r2, r1, r0, sp";

/** The machines of libbpf's headers. */
export const machines: Readonly<Record<string, Machine>> = {
  "x86-64, kernel": {
    ...x86,
    flags: ["-D__VMLINUX_H__"],
    declaration: `struct pt_regs { ${longs(x86Kernel)} };`,
    first: ["di"],
  },
  "x86-64, user space": {
    ...x86,
    declaration: `struct pt_regs { ${longs(x86User)} };`,
    first: ["rdi"],
  },
  "x86, 32 bits": {
    target: "x86",
    flags: ["-D__i386__"],
    declaration: "struct pt_regs { int ebx, ecx, edx, esi, edi, ebp, eax, xds, xes, xfs, xgs, orig_eax, eip, xcs, eflags, esp, xss; };",
    arguments: [24, 8, 4],
    systemCall: [4, 8, 12, 16, 20],
    first: ["ebx"],
    roles: [60, 20, 24, 60, 48],
  },
  arm64: {
    target: "arm64",
    declaration: `struct user_pt_regs { unsigned long long regs[31], sp, pc, pstate; };`,
    arguments: words(0, 1, 2, 3, 4, 5, 6, 7),
    systemCall: words(1, 2, 3, 4, 5),
    first: ["orig_x0", "struct pt_regs___arm64"],
    roles: [30 * 8, 29 * 8, 0, 31 * 8, 32 * 8],
  },
  arm: {
    target: "arm",
    declaration: "struct pt_regs { int uregs[18]; };",
    arguments: [0, 4, 8, 12],
    systemCall: [4, 8, 12, 16, 20, 24],
    first: ["uregs[0]"],
    roles: [14 * 4, 11 * 4, 0, 13 * 4, 15 * 4],
  },
  s390: {
    target: "s390",
    declaration:
      "typedef struct { unsigned long args[1]; struct { unsigned long mask, addr; } psw; unsigned long gprs[16]; } user_pt_regs;",
    arguments: words(3 + 2, 3 + 3, 3 + 4, 3 + 5, 3 + 6),
    systemCall: words(3 + 3, 3 + 4, 3 + 5, 3 + 6, 3 + 7),
    first: ["orig_gpr2", "struct pt_regs___s390"],
    roles: [(3 + 14) * 8, (3 + 11) * 8, (3 + 2) * 8, (3 + 15) * 8, 2 * 8],
  },
  riscv: {
    target: "riscv",
    declaration: `struct user_regs_struct { ${longs(riscvNames)} };`,
    arguments: words(10, 11, 12, 13, 14, 15, 16, 17),
    systemCall: words(11, 12, 13, 14, 15),
    first: ["orig_a0", "struct pt_regs___riscv"],
    roles: [8, 64, 80, 16, 0],
  },
  loongarch: {
    target: "loongarch",
    declaration: "struct user_pt_regs { unsigned long regs[32], orig_a0, csr_era, csr_badv; };",
    arguments: words(4, 5, 6, 7, 8, 9, 10, 11),
    systemCall: words(5, 6, 7, 8, 9),
    first: ["regs[4]"],
    roles: [8, 22 * 8, 4 * 8, 3 * 8, 33 * 8],
  },
  powerpc: {
    target: "powerpc",
    declaration: "struct pt_regs { unsigned long gpr[32], nip, msr, orig_gpr3, ctr, link, xer, ccr; };",
    arguments: words(3, 4, 5, 6, 7, 8, 9, 10),
    systemCall: words(4, 5, 6, 7, 8, 9),
    first: ["orig_gpr3"],
    roles: [36 * 8, undefined, 3 * 8, 8, 32 * 8],
  },
  mips: {
    target: "mips",
    declaration: "struct pt_regs { unsigned long regs[32], cp0_status, hi, lo, cp0_badvaddr, cp0_cause, cp0_epc; };",
    arguments: words(4, 5, 6, 7, 8, 9, 10, 11),
    systemCall: words(5, 6, 7, 8, 9),
    first: ["regs[4]"],
    roles: [31 * 8, 30 * 8, 2 * 8, 29 * 8, 37 * 8],
  },
  "sparc, 64 bits": {
    target: "sparc",
    flags: ["-D__arch64__"],
    declaration: "struct pt_regs { unsigned long u_regs[16], tstate, tpc, tnpc; unsigned int y, magic; };",
    arguments: words(8, 9, 10, 11, 12, 13),
    systemCall: words(9, 10, 11, 12, 13),
    first: ["u_regs[8]"],
    roles: [15 * 8, undefined, 8 * 8, 14 * 8, 17 * 8],
  },
  "sparc, 32 bits": {
    target: "sparc",
    declaration: "struct pt_regs { int psr, pc, npc, y, u_regs[16]; };",
    arguments: [12, 13, 14, 15, 16, 17].map((register) => register * 4),
    systemCall: [13, 14, 15, 16, 17].map((register) => register * 4),
    first: ["u_regs[8]"],
    roles: [19 * 4, undefined, 12 * 4, 18 * 4, 4],
  },
  arc: {
    target: "arc",
    declaration: `struct user_regs_struct { unsigned int pad; struct { unsigned int ${arcNames}; } scratch; };`,
    arguments: [22, 21, 20, 19, 18, 17, 16, 15].map((register) => register * 4),
    systemCall: [21, 20, 19, 18, 17].map((register) => register * 4),
    first: ["scratch.r0"],
    roles: [7 * 4, 8 * 4, 22 * 4, 23 * 4, 6 * 4],
  },
};
