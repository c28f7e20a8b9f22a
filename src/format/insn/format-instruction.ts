import { bpfFuncId, insnOpcode as op } from "../abi/index.ts";
import type { InstructionView } from "./view.ts";

/**
 * Instructions in the notation of the kernel's own disassembler (kernel/bpf/disasm.c, as of Linux 6.18),
 * which bpftool and the verifier log share, so that lines can be compared. Two additions: constants of 64
 * bits end in `ll` as LLVM writes them, and what the kernel prints as `BUG_xx` is shown as its bytes.
 */

/** How to print instructions. */
export interface FormatOptions {
  /** Begin with the opcode, `(b7) `; default true. */
  readonly opcode?: boolean;
  /** Names what a ldimm64 or a call refers to; undefined leaves the number. */
  readonly reference?: (slot: number) => string | undefined;
}

/** Operators of ALU and ALU64 by the upper four bits of the opcode; neg and byte swaps are no assignments. */
const alu: Readonly<Record<number, string>> = {
  [op.BPF_ADD]: "+=",
  [op.BPF_SUB]: "-=",
  [op.BPF_MUL]: "*=",
  [op.BPF_DIV]: "/=",
  [op.BPF_OR]: "|=",
  [op.BPF_AND]: "&=",
  [op.BPF_LSH]: "<<=",
  [op.BPF_RSH]: ">>=",
  [op.BPF_MOD]: "%=",
  [op.BPF_XOR]: "^=",
  [op.BPF_MOV]: "=",
  [op.BPF_ARSH]: "s>>=",
};

/** Comparisons of JMP and JMP32 by the upper four bits of the opcode; `s` compares as signed. */
const jump: Readonly<Record<number, string>> = {
  [op.BPF_JEQ]: "==",
  [op.BPF_JGT]: ">",
  [op.BPF_JLT]: "<",
  [op.BPF_JGE]: ">=",
  [op.BPF_JLE]: "<=",
  [op.BPF_JSET]: "&",
  [op.BPF_JNE]: "!=",
  [op.BPF_JSGT]: "s>",
  [op.BPF_JSLT]: "s<",
  [op.BPF_JSGE]: "s>=",
  [op.BPF_JSLE]: "s<=",
};

/** Bits of a memory access by the size bits of the opcode, which do not ascend. */
const width: Readonly<Record<number, string>> = {
  [op.BPF_W]: "32",
  [op.BPF_H]: "16",
  [op.BPF_B]: "8",
  [op.BPF_DW]: "64",
};

/** The operations of BPF_ATOMIC by `imm` without BPF_FETCH: operator and word (`atomic64_fetch_add`). */
const atomic: Readonly<Record<number, readonly [operator: string, word: string]>> = {
  [op.BPF_ADD]: ["+=", "add"],
  [op.BPF_OR]: ["|=", "or"],
  [op.BPF_AND]: ["&=", "and"],
  [op.BPF_XOR]: ["^=", "xor"],
};

const helpers: ReadonlyMap<number, string> = new Map(
  Object.entries(bpfFuncId).map(([name, id]) => [id, name.replace("BPF_FUNC_", "bpf_")]),
);

/** `BPF_PSEUDO_…` of ldimm64 as words, where the number alone says little. */
const pseudo: Readonly<Record<number, string>> = {
  [op.BPF_PSEUDO_MAP_FD]: "map_fd",
  [op.BPF_PSEUDO_MAP_VALUE]: "map_value",
  [op.BPF_PSEUDO_BTF_ID]: "btf_id",
  [op.BPF_PSEUDO_FUNC]: "func",
  [op.BPF_PSEUDO_MAP_IDX]: "map_idx",
  [op.BPF_PSEUDO_MAP_IDX_VALUE]: "map_idx_value",
};

/** The name of a helper function: 113 is `bpf_probe_read_kernel`; undefined if no helper has this number. */
export function helperName(id: number): string | undefined {
  return helpers.get(id);
}

/** One instruction as text. An unknown one is given as its eight bytes: `(ff) ff 00 00 00 00 00 00 00`. */
export function formatInstruction(code: InstructionView, slot: number, options: FormatOptions = {}): string {
  const text = describe(code, slot, options.reference?.(slot)) ?? rawBytes(code, slot);
  return options.opcode === false ? text : `(${hex(code.opcode(slot))}) ${text}`;
}

/** The text without the opcode; undefined where no kernel knows the instruction. The class is the lowest 3 bits. */
function describe(code: InstructionView, slot: number, reference: string | undefined): string | undefined {
  const opcode = code.opcode(slot);
  switch (opcode & 7) {
    case op.BPF_ALU:
    case op.BPF_ALU64:
      return arithmetic(code, slot, opcode);
    case op.BPF_LDX:
      return load(code, slot, opcode);
    case op.BPF_ST:
    case op.BPF_STX:
      return store(code, slot, opcode);
    case op.BPF_LD:
      return oldLoad(code, slot, opcode, reference);
    default:
      return flow(code, slot, opcode, reference);
  }
}

function arithmetic(code: InstructionView, slot: number, opcode: number): string | undefined {
  const operation = opcode & 0xf0;
  const wide = (opcode & 7) === op.BPF_ALU64;
  const register = wide ? "r" : "w";
  const [dst, src, off, imm] = [code.dst(slot), code.src(slot), code.off(slot), code.imm(slot)];
  const target = `${register}${dst}`;
  const fromRegister = (opcode & 8) === op.BPF_X;
  if (operation === op.BPF_END) {
    if (imm !== 16 && imm !== 32 && imm !== 64) return undefined;
    // ALU64 | END swaps whatever the machine's order (Linux 6.6); ALU | END converts to a named order.
    const word = wide ? "bswap" : fromRegister ? "be" : "le";
    return `r${dst} = ${word}${imm} r${dst}`;
  }
  if (operation === op.BPF_NEG) return `${target} = -${target}`;
  const text = alu[operation];
  if (text === undefined) return undefined;
  if (operation === op.BPF_MOV && fromRegister && off !== 0) {
    // `off` selects the variants of a move (Linux 6.6: sign extension; 6.9: arena and per-CPU addresses).
    if (wide && off === 1) {
      return `${target} = addr_space_cast(r${src}, ${(imm >>> 16) & 0xffff}, ${imm & 0xffff})`;
    }
    if (wide && off === -1) return `${target} = &(void __percpu *)(r${src})`;
    if (off === 8 || off === 16 || off === 32) return `${target} = (s${off})${register}${src}`;
    return undefined;
  }
  // Signed division and modulo (Linux 6.6) are told by off = 1.
  const signed = (operation === op.BPF_DIV || operation === op.BPF_MOD) && off === 1 ? "s" : "";
  return `${target} ${signed}${text} ${fromRegister ? `${register}${src}` : imm}`;
}

/** Loads; BPF_MEMSX (Linux 6.6) extends the sign, and 8 bytes leave nothing to extend. */
function load(code: InstructionView, slot: number, opcode: number): string | undefined {
  const mode = opcode & 0xe0;
  const sign = mode === op.BPF_MEM ? "u" : mode === op.BPF_MEMSX ? "s" : undefined;
  if (sign === undefined || (sign === "s" && (opcode & 0x18) === op.BPF_DW)) return undefined;
  return `r${code.dst(slot)} = ${memory(`${sign}${bits(opcode)}`, code.src(slot), code.off(slot))}`;
}

/** Stores of a register (STX) or a constant (ST); atomics are STX in a mode of their own. */
function store(code: InstructionView, slot: number, opcode: number): string | undefined {
  const mode = opcode & 0xe0;
  const place = memory(`u${bits(opcode)}`, code.dst(slot), code.off(slot));
  if ((opcode & 7) === op.BPF_ST) {
    if (mode === op.BPF_MEM) return `${place} = ${code.imm(slot)}`;
    // BPF_NOSPEC: the kernel's own, seen in dumps of translated programs.
    return mode === 0xc0 ? "nospec" : undefined;
  }
  const src = code.src(slot);
  if (mode === op.BPF_MEM) return `${place} = r${src}`;
  return mode === op.BPF_ATOMIC ? atomicAccess(code, slot, opcode, place) : undefined;
}

/**
 * What BPF_ATOMIC does is said by `imm`, not by the opcode. Objects before Linux 5.12 have BPF_XADD with imm 0,
 * which is the same as BPF_ADD. Acquire and release (Linux 6.15) come in all four sizes, the others in two.
 */
function atomicAccess(
  code: InstructionView,
  slot: number,
  opcode: number,
  place: string,
): string | undefined {
  const [imm, dst, src, off] = [code.imm(slot), code.dst(slot), code.src(slot), code.off(slot)];
  const address = place.slice(1);
  if (imm === op.BPF_LOAD_ACQ) return `r${dst} = load_acquire(${pointer(opcode, src, off)})`;
  if (imm === op.BPF_STORE_REL) return `store_release(${pointer(opcode, dst, off)}, r${src})`;
  const size = opcode & 0x18;
  if (size !== op.BPF_W && size !== op.BPF_DW) return undefined;
  const prefix = size === op.BPF_DW ? "atomic64" : "atomic";
  if (imm === op.BPF_XCHG) return `r${src} = ${prefix}_xchg(${address}, r${src})`;
  if (imm === op.BPF_CMPXCHG) return `r0 = ${prefix}_cmpxchg(${address}, r0, r${src})`;
  const operation = atomic[imm & ~op.BPF_FETCH];
  if (operation === undefined) return undefined;
  if ((imm & op.BPF_FETCH) === 0) return `lock ${place} ${operation[0]} r${src}`;
  return `r${src} = ${prefix}_fetch_${operation[1]}(${address}, r${src})`;
}

/** Constants of 64 bits and the packet loads that are left of classic BPF. */
function oldLoad(
  code: InstructionView,
  slot: number,
  opcode: number,
  reference: string | undefined,
): string | undefined {
  const mode = opcode & 0xe0;
  const imm = code.imm(slot);
  if (mode === op.BPF_ABS) return `r0 = *(u${bits(opcode)} *)skb[${imm}]`;
  if (mode === op.BPF_IND) return `r0 = *(u${bits(opcode)} *)skb[r${code.src(slot)} + ${imm}]`;
  if (!code.isWide(slot)) return undefined;
  const target = `r${code.dst(slot)} =`;
  if (reference !== undefined) return `${target} ${reference} ll`;
  const kind = pseudo[code.src(slot)];
  if (kind === undefined) return `${target} 0x${code.imm64(slot).toString(16)} ll`;
  const second = code.imm(slot + 1);
  return `${target} ${kind}[${imm}]${second === 0 ? "" : `+${second}`} ll`;
}

/** Jumps, calls, exit. Targets are relative to the next slot, as the kernel prints them. */
function flow(
  code: InstructionView,
  slot: number,
  opcode: number,
  reference: string | undefined,
): string | undefined {
  const operation = opcode & 0xf0;
  const short = (opcode & 7) === op.BPF_JMP32;
  const fromRegister = (opcode & 8) === op.BPF_X;
  const [dst, src, off, imm] = [code.dst(slot), code.src(slot), code.off(slot), code.imm(slot)];
  if (operation === op.BPF_CALL) {
    if (short) return undefined;
    // LLVM 18 moved the register of an indirect call from imm to dst; the kernel accepts neither.
    if (fromRegister) return `callx r${dst === 0 && imm > 0 && imm <= 10 ? imm : dst}`;
    if (src === op.BPF_PSEUDO_CALL) return `call ${reference ?? `pc${signed(imm)}`}`;
    if (src === op.BPF_PSEUDO_KFUNC_CALL) return `call ${reference ?? "kernel-function"}#${imm}`;
    return `call ${reference ?? (src === 0 ? helperName(imm) : undefined) ?? "unknown"}#${imm}`;
  }
  if (operation === op.BPF_EXIT) return short ? undefined : "exit";
  // JMP32 | JA takes its distance from imm (Linux 6.6), JMP | JA | X its target from a register (6.19).
  if (operation === op.BPF_JA) {
    if (fromRegister) return short ? undefined : `gotox r${dst}`;
    return short ? `gotol pc${signed(imm)}` : `goto pc${signed(off)}`;
  }
  if (operation === op.BPF_JCOND) {
    return !short && !fromRegister && src === 0 ? `may_goto pc${signed(off)}` : undefined;
  }
  const comparison = jump[operation];
  if (comparison === undefined) return undefined;
  const register = short ? "w" : "r";
  const right = fromRegister ? `${register}${src}` : `0x${(imm >>> 0).toString(16)}`;
  return `if ${register}${dst} ${comparison} ${right} goto pc${signed(off)}`;
}

function memory(type: string, register: number, off: number): string {
  return `*(${type} *)(r${register} ${signed(off)})`;
}

function pointer(opcode: number, register: number, off: number): string {
  return memory(`u${bits(opcode)}`, register, off).slice(1);
}

function bits(opcode: number): string {
  return width[opcode & 0x18] ?? "";
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function rawBytes(code: InstructionView, slot: number): string {
  return Array.from(code.bytes.subarray(slot * 8, slot * 8 + 8), hex).join(" ");
}
