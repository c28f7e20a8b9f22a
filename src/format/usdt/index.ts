export * from "./types.ts";
export { readUsdtNotes, usdtBaseSection, usdtSection, type UsdtSections } from "./notes.ts";
export { parseUsdtArguments, usdtArchitecture } from "./arguments.ts";
export { placeSymbol, type SymbolPlaces } from "./place-symbol.ts";
export { describeUsdtArgument } from "./describe.ts";
