import { insnOpcode } from "../../format/abi/index.ts";
import type { InstructionView } from "../../format/insn/index.ts";

/**
 * Numbers of helpers that no kernel has (RULES 34), libbpf's own, so that the verifier's `invalid func
 * unknown#195896080` means the same to everybody.
 */

/** 0xbad2310, "bad relo": a CO-RE relocation without a match. */
export const CORE_POISON = 195_896_080;
/** Plus the map's index in the spec: a reference to a map that is not created. */
export const MAP_POISON = 2_001_000_000;
/** Plus the extern's index in the spec: a call of a weak kernel function that is not there. */
export const KFUNC_POISON = 2_002_000_000;

/** Makes the slot a call of a helper that does not exist. */
export function poisonInstruction(view: InstructionView, slot: number, imm: number): void {
  view.setOpcode(slot, insnOpcode.BPF_JMP | insnOpcode.BPF_CALL);
  view.setDst(slot, 0);
  view.setSrc(slot, 0);
  view.setOff(slot, 0);
  view.setImm(slot, imm);
}
