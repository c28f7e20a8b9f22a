export * from "./types.ts";
export { findSection, readElf, sectionPlace } from "./read-elf.ts";
export { readSymbols } from "./symbols.ts";
export { readRelocations } from "./relocations.ts";
export { stripDebug } from "./strip-debug.ts";
export { stripSymbols } from "./strip-symbols.ts";
