import { insnOpcode } from "../../format/abi/index.ts";
import type { InstructionView } from "../../format/insn/index.ts";

/** Both halves of a ldimm64 become calls of a helper that no kernel has: whatever jumps there is refused (RULES 34). */
export function poisonMapReference(code: InstructionView, instruction: number, imm: number): void {
  for (const slot of [instruction, instruction + 1]) {
    code.setOpcode(slot, insnOpcode.BPF_JMP | insnOpcode.BPF_CALL);
    code.setDst(slot, 0);
    code.setSrc(slot, 0);
    code.setOff(slot, 0);
    code.setImm(slot, imm);
  }
}
