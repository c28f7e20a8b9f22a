export * from "./types.ts";
export { readBtf, findCandidates, type ReadBtfOptions } from "./read-btf.ts";
export { essentialName } from "./essential-name.ts";
export { encodeBtf, BtfBuilder } from "./encode-btf.ts";
export { resolve, skipModifiers, sizeOf } from "./resolve.ts";
export { Alignment, alignOf } from "./alignment.ts";
export { bitfieldOf } from "./bitfield.ts";
export { HeaderPrinter, HEADER_REVISION, type PrintedHeader } from "./c-header.ts";
export { printC, printDeclarations, printType, typeName } from "./print-c.ts";
