export * from "./types.ts";
export { findSection, readElf, sectionPlace } from "./read-elf.ts";
export { readSymbols } from "./symbols.ts";
export { readRelocations } from "./relocations.ts";
export { stripDebug } from "./strip-debug.ts";
export { Executable, type ExecutableSection, type ExecutableSegment } from "./executable.ts";
export { DynamicSymbols } from "./dynamic.ts";
export type { FunctionSymbol } from "./function-symbol.ts";
export {
  findFunction,
  functionNames,
  matchFunctions,
  parseFunctionName,
  type FunctionQuery,
} from "./find-function.ts";
export { buildId, debugLink, isGo, readNotes, type ElfNote } from "./debug-link.ts";
