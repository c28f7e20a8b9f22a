import { bpfFuncId, insnOpcode } from "../../format/abi/index.ts";
import { InstructionView } from "../../format/insn/index.ts";
import type { MachineFeatures } from "./types.ts";

/** What replaces each helper of Linux 5.5 before it; the old ones read kernel and user memory alike. */
const fallbacks: ReadonlyMap<number, number> = new Map([
  [bpfFuncId.BPF_FUNC_probe_read_kernel, bpfFuncId.BPF_FUNC_probe_read],
  [bpfFuncId.BPF_FUNC_probe_read_user, bpfFuncId.BPF_FUNC_probe_read],
  [bpfFuncId.BPF_FUNC_probe_read_kernel_str, bpfFuncId.BPF_FUNC_probe_read_str],
  [bpfFuncId.BPF_FUNC_probe_read_user_str, bpfFuncId.BPF_FUNC_probe_read_str],
]);

/**
 * Turns calls of `bpf_probe_read_{kernel,user}[_str]` into `bpf_probe_read[_str]` where the kernel lacks them
 * (RULES 36), in place. Gives the slots that changed.
 */
export function rewriteProbeReads(
  code: Uint8Array,
  littleEndian: boolean,
  features: Pick<MachineFeatures, "probeReadKernel">,
): number[] {
  if (features.probeReadKernel) return [];
  const view = new InstructionView(code, littleEndian);
  const changed: number[] = [];
  for (let slot = 0; slot < view.length; slot += view.slots(slot)) {
    const isHelperCall =
      view.opcode(slot) === (insnOpcode.BPF_JMP | insnOpcode.BPF_CALL) &&
      view.src(slot) === 0 &&
      view.dst(slot) === 0;
    const fallback = isHelperCall ? fallbacks.get(view.imm(slot)) : undefined;
    if (fallback === undefined) continue;
    view.setImm(slot, fallback);
    changed.push(slot);
  }
  return changed;
}
