import { bpfFuncId, insnOpcode, type ProgramType } from "../../format/abi/index.ts";
import { encodeBtf, type BtfType } from "../../format/btf/index.ts";
import { encodeInstructions, type Instruction } from "../../format/insn/index.ts";
import { hostIsLittleEndian } from "../../format/abi/index.ts";
import type { Kernel } from "../sys/index.ts";
import { mapCreateCall, type MapCreation } from "./attr-map.ts";
import { btfLoadCall } from "./attr-object.ts";
import { programLoadCall, type ProgramLoad, type VerifierLog } from "./attr-program.ts";
import { callBpf, VERIFIER_TRIES } from "./bpf-call.ts";
import { Errno } from "./errno.ts";

/** A probe's answer; undefined: the kernel refused for a reason that says nothing about the feature. */
export type ProbeAnswer = boolean | undefined;

/** Answers that are about this moment or this process and not about the kernel's knowledge. */
export const inconclusive: ReadonlySet<number> = new Set([
  -Errno.EPERM,
  -Errno.ENOMEM,
  -Errno.EMFILE,
  -Errno.EAGAIN,
]);

/** Closes what a probe made: made is there. Other refusals mean "unknown to me". */
function answer(kernel: Kernel, result: number): ProbeAnswer {
  if (result >= 0) {
    kernel.close(result);
    return true;
  }
  return inconclusive.has(result) ? undefined : false;
}

/** Whether BPF_BTF_LOAD takes these types. */
export function probeBtf(kernel: Kernel, types: readonly BtfType[]): ProbeAnswer {
  const bytes = encodeBtf(types, { littleEndian: hostIsLittleEndian });
  return answer(kernel, callBpf(kernel, btfLoadCall(bytes)));
}

const { BPF_ALU64, BPF_CALL, BPF_DW, BPF_EXIT, BPF_IMM, BPF_JMP, BPF_K, BPF_LD, BPF_MEM, BPF_MOV, BPF_ST } =
  insnOpcode;

/** `r0 = 0; exit` */
const end: readonly Instruction[] = [
  { opcode: BPF_ALU64 | BPF_MOV | BPF_K, dst: 0, src: 0, off: 0, imm: 0 },
  { opcode: BPF_JMP | BPF_EXIT, dst: 0, src: 0, off: 0, imm: 0 },
];

/** A program of the least there can be. */
export function smallProgram(type: ProgramType, code: readonly Instruction[] = end): ProgramLoad {
  return {
    type,
    name: "",
    code: encodeInstructions(code, hostIsLittleEndian),
    license: "GPL",
    kernelVersion: 0,
    flags: 0,
    expectedAttachType: 0,
    btfFd: 0,
    functions: undefined,
    lines: undefined,
    attachBtfId: 0,
    attachFd: 0,
    fds: undefined,
  };
}

/**
 * Gives a small program to the verifier at once. Tried again while signals interrupt it (RULES 48): under V8's CPU
 * profiler one is nearly always pending, and a kernel that was only disturbed is not one without the feature.
 */
export function tryProgram(kernel: Kernel, load: ProgramLoad, log?: VerifierLog): number {
  const call = programLoadCall(load, log);
  for (let tries = 1; ; tries++) {
    const result = callBpf(kernel, call);
    if (result !== -Errno.EAGAIN || tries === VERIFIER_TRIES) return result;
  }
}

/** What the verifier says when it does not know a helper, or not for this type (RULES 51). */
const unknownHelper = /invalid func |unknown func |program of this type cannot use helper /;

/** Whether programs of this type may call the helper: judged by the verifier's words, as arguments are wrong. */
export function probeHelper(kernel: Kernel, type: ProgramType, helper: keyof typeof bpfFuncId): ProbeAnswer {
  const call: Instruction = {
    opcode: BPF_JMP | BPF_CALL,
    dst: 0,
    src: 0,
    off: 0,
    imm: bpfFuncId[helper],
  };
  const log: VerifierLog = { level: 1, buffer: new Uint8Array(4096) };
  const result = tryProgram(kernel, smallProgram(type, [call, ...end]), log);
  if (result >= 0) return answer(kernel, result);
  const text = logText(log.buffer);
  // Without a word from the verifier the refusal came before it.
  return text === "" ? undefined : !unknownHelper.test(text);
}

/** The text of a log buffer up to its NUL. */
export function logText(buffer: Uint8Array): string {
  const end = buffer.indexOf(0);
  return Buffer.from(buffer.buffer, buffer.byteOffset, end < 0 ? buffer.length : end).toString("utf8");
}

/** An array map of one small value. */
export function smallArray(flags = 0): MapCreation {
  return {
    type: "array",
    name: "",
    keySize: 4,
    valueSize: 32,
    maxEntries: 1,
    flags,
    mapExtra: 0n,
    innerMapFd: 0,
    numaNode: 0,
    btfFd: 0,
    keyType: 0,
    valueType: 0,
    kernelValueType: 0,
    valueTypeBtfFd: 0,
  };
}

/** Whether an instruction may hold the address of a map's value: what global variables are (RULES 23). */
export function probeGlobalData(kernel: Kernel): ProbeAnswer {
  const map = callBpf(kernel, mapCreateCall(smallArray()));
  if (map < 0) return undefined;
  // r1 = address of byte 16 of the value (pseudo source 2: BPF_PSEUDO_MAP_VALUE); *(u64 *)r1 = 42
  const address = {
    opcode: BPF_LD | BPF_IMM | BPF_DW,
    dst: 1,
    src: 2,
    off: 0,
    imm: (16n << 32n) | BigInt(map),
  };
  const store = { opcode: BPF_ST | BPF_MEM | BPF_DW, dst: 1, src: 0, off: 0, imm: 42 };
  const program = smallProgram("socket_filter", [address, store, ...end]);
  try {
    return answer(kernel, tryProgram(kernel, program));
  } finally {
    kernel.close(map);
  }
}
