export { InstructionView, isWideLoad } from "./view.ts";
export { decodeInstructions, encodeInstructions, type Instruction } from "./encode.ts";
export { formatInstruction, helperName, type FormatOptions } from "./format-instruction.ts";
export {
  disassemble,
  disassembleLines,
  type DisassembleOptions,
  type DisassembledLine,
} from "./disassemble.ts";
