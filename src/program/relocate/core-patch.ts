import { ErrorCode, TsbpfError } from "../../errors.ts";
import { insnOpcode as op } from "../../format/abi/index.ts";
import { isWideLoad, type InstructionView } from "../../format/insn/index.ts";
import type { CoreResult } from "./core-resolve.ts";
import { CORE_POISON, poisonInstruction } from "./poison.ts";
import type { Poison } from "./types.ts";

/** Bytes by the size bits of an opcode, and back. */
const sizes: Readonly<Record<number, number>> = {
  [op.BPF_B]: 1,
  [op.BPF_H]: 2,
  [op.BPF_W]: 4,
  [op.BPF_DW]: 8,
};
const opcodeSizes: Readonly<Record<number, number>> = { 1: op.BPF_B, 2: op.BPF_H, 4: op.BPF_W, 8: op.BPF_DW };

/**
 * Writes a relocation's result into its instruction (RULES 43): the immediate of an arithmetic instruction, the
 * offset (and width) of a load or store, the constant of an ldimm64. Where nothing matched, the instruction
 * becomes a call of a helper that cannot exist: dead code may hold it, and the verifier names it otherwise.
 */
export function patchCore(view: InstructionView, slot: number, result: CoreResult): Poison | undefined {
  const { target } = result;
  if (target === undefined) return poison(view, slot, result.missing ?? result.subject);
  const opcode = view.opcode(slot);
  switch (opcode & 7) {
    case op.BPF_ALU:
    case op.BPF_ALU64:
      if ((opcode & 8) !== op.BPF_K) break;
      requireValue(result, BigInt(view.imm(slot)), 32);
      view.setImm(slot, Number(BigInt.asIntN(32, target.value)));
      return undefined;
    case op.BPF_LDX:
    case op.BPF_ST:
    case op.BPF_STX:
      return patchAccess(view, slot, result, target);
    case op.BPF_LD:
      if (!isWholeConstant(view, slot)) break;
      requireValue(result, view.imm64(slot), 64);
      view.setImm64(slot, BigInt.asUintN(64, target.value));
      return undefined;
    default:
  }
  throw new TsbpfError(
    ErrorCode.RELOCATION,
    `${result.subject}: expected an instruction with a constant, a load or a store, found opcode 0x${opcode.toString(16)}`,
  );
}

/** Loads and stores: the field's offset, and its width where the kernel declares the field wider or narrower. */
function patchAccess(
  view: InstructionView,
  slot: number,
  result: CoreResult,
  target: NonNullable<CoreResult["target"]>,
): Poison | undefined {
  requireValue(result, BigInt(view.off(slot)), 64);
  if (target.value > 0x7fffn) {
    throw new TsbpfError(
      ErrorCode.RELOCATION,
      `${result.subject}: expected an offset up to 32767, found ${target.value}`,
      { remedy: "read the field with bpf_core_read or BPF_CORE_READ, whose offsets are 32 bits wide" },
    );
  }
  // Not an error: a guard may have chosen another way to read the field, which leaves this one dead (libbpf).
  if (result.widthMismatch !== undefined) return poison(view, slot, result.widthMismatch);
  view.setOff(slot, Number(target.value));
  const [from, to] = [result.local.access?.size, target.access?.size];
  if (from === to) return undefined;
  const opcode = view.opcode(slot);
  const size = sizes[opcode & 0x18];
  const code = opcodeSizes[to ?? 0];
  if (size !== from || code === undefined) {
    throw new TsbpfError(
      ErrorCode.RELOCATION,
      `${result.subject}: expected a load or store of ${from} bytes to become one of 1, 2, 4 or 8, ` +
        `found one of ${size} to become one of ${to}`,
    );
  }
  view.setOpcode(slot, (opcode & ~0x18) | code);
  return undefined;
}

/** The compiler's value must be what the object's own types give, or instruction and record do not belong together. */
function requireValue(result: CoreResult, found: bigint, bits: 32 | 64): void {
  const { value, certain } = result.local;
  if (!certain || BigInt.asUintN(bits, found) === BigInt.asUintN(bits, value)) return;
  throw new TsbpfError(
    ErrorCode.RELOCATION,
    `${result.subject}: expected the compiler's value ${value} in the instruction, found ${found}`,
    { remedy: "the object's instructions and .BTF.ext disagree: compile it again" },
  );
}

/** An ldimm64 of a plain constant: other `src` would make it a map or a function. */
function isWholeConstant(view: InstructionView, slot: number): boolean {
  return (
    view.isWide(slot) &&
    view.src(slot) === 0 &&
    view.off(slot) === 0 &&
    view.opcode(slot + 1) === 0 &&
    view.dst(slot + 1) === 0 &&
    view.src(slot + 1) === 0 &&
    view.off(slot + 1) === 0
  );
}

function poison(view: InstructionView, slot: number, reason: string): Poison {
  // Both halves, or the verifier complains of opcode 00 instead of naming the number.
  if (isWideLoad(view.opcode(slot)) && slot + 1 < view.length) {
    poisonInstruction(view, slot + 1, CORE_POISON);
  }
  poisonInstruction(view, slot, CORE_POISON);
  return { instruction: slot, imm: CORE_POISON, reason };
}
