export type * from "./types.ts";
export { locateUsdt, readUsdtProbes, usdtArguments } from "./probes.ts";
export { readUsdtNotes } from "./notes.ts";
export { parseUsdtArguments, usdtArchitecture } from "./arguments.ts";
export { placeSymbol, type SymbolPlaces } from "./place-symbol.ts";
export { describeUsdtArgument } from "./describe.ts";
