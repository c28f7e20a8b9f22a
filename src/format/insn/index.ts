export { InstructionView, isWideLoad } from "./view.ts";
export { decodeInstructions, encodeInstructions, type Instruction } from "./encode.ts";
export { formatInstruction, helperName } from "./format-instruction.ts";
export { disassemble, disassembleLines, type DisassembleOptions } from "./disassemble.ts";
