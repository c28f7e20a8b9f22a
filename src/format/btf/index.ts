export * from "./types.ts";
export { readBtf, findCandidates, type ReadBtfOptions } from "./read-btf.ts";
export { essentialName } from "./essential-name.ts";
