import { argumentError, ErrorCode, TsbpfError } from "../../errors.ts";
import { DynamicSymbols } from "./dynamic.ts";
import type { Executable } from "./executable.ts";
import { isFunction, STT_GNU_IFUNC, type FunctionSymbol } from "./function-symbol.ts";
import { findInTable, symbolTable, visitFunctions } from "./symbol-table.ts";
import { ElfConstant } from "./types.ts";

/** A function as people name it. */
export interface FunctionQuery {
  readonly name: string;
  /** As in `name@GLIBC_2.17`; undefined: the one that a new link would take. */
  readonly version?: string | undefined;
}

/** Takes `name`, `name@VERSION` or `name@@VERSION` apart. */
export function parseFunctionName(text: string): FunctionQuery {
  const at = text.indexOf("@", 1);
  if (at < 0) return { name: text };
  return { name: text.slice(0, at), version: text.slice(at).replace(/^@+/, "") };
}

/**
 * The function of a name: among the exported ones by their hash table, then among all (RULES 56). undefined: neither has
 * it. ARGUMENT: several functions are called so, or it is an indirect function, whose code is another one's.
 */
export function findFunction(file: Executable, query: FunctionQuery): FunctionSymbol | undefined {
  const { name } = query;
  // A file of debug information has the headers of what it describes, but not the content.
  const exported = isDebugFile(file) ? [] : symbolsOf(file, "exported", name).filter(isFunction);
  const own = choose(exported, query);
  if (own !== undefined) return own;
  const all = choose(symbolsOf(file, "all", name), query);
  if (all !== undefined || query.version === undefined || exported.length === 0) return all;
  const versions = exported.map((symbol) => `${name}@${symbol.version ?? "none"}`);
  throw argumentError(
    `expected ${name} with version ${query.version}, found ${versions.join(", ")}`,
    `say ${versions.at(-1)}, or ${name} alone for the default`,
  );
}

/** The names of functions in a file, each once: exported ones alone where the others were stripped. */
export function functionNames(file: Executable): Set<string> {
  const names = new Set<string>();
  visitAll(file, (name) => void names.add(name));
  return names;
}

/** Functions whose names pass a test, one for each address, in the order of the table of all symbols (RULES 56). */
export function matchFunctions(file: Executable, isWanted: (name: string) => boolean): FunctionSymbol[] {
  const found = new Map<number, FunctionSymbol>();
  visitAll(file, (name, symbolOf) => {
    if (!isWanted(name)) return;
    const symbol = symbolOf();
    if (symbol.type === ElfConstant.STT_FUNC && !found.has(symbol.address)) found.set(symbol.address, symbol);
  });
  return [...found.values()];
}

/** Whether a file has the symbols of another one: its code takes no room in it. */
function isDebugFile(file: Executable): boolean {
  const text = file.section(".text");
  return text?.type === ElfConstant.SHT_NOBITS;
}

function visitAll(file: Executable, visit: Parameters<typeof visitFunctions>[2]): void {
  for (const kind of ["all", "exported"] as const) {
    const table = symbolTable(file, kind);
    if (table !== undefined) visitFunctions(file, table, visit);
  }
}

function symbolsOf(file: Executable, kind: "all" | "exported", name: string): FunctionSymbol[] {
  if (kind === "exported") {
    const hashed = DynamicSymbols.of(file)?.find(name);
    if (hashed !== undefined) return hashed;
  }
  const table = symbolTable(file, kind);
  return table === undefined ? [] : findInTable(file, table, name);
}

function choose(
  symbols: readonly FunctionSymbol[],
  { name, version }: FunctionQuery,
): FunctionSymbol | undefined {
  let left = symbols.filter((symbol) => version === undefined || symbol.version === version);
  // Each step may leave none: then the one before stands.
  const prefer = (test: (symbol: FunctionSymbol) => boolean): void => {
    const preferred = left.filter(test);
    if (preferred.length > 0) left = preferred;
  };
  // The default first: what an old version's symbol leads to is code that nothing calls any more.
  prefer(({ isDefault }) => isDefault);
  prefer(({ type }) => type === ElfConstant.STT_FUNC);
  prefer(({ type }) => type === STT_GNU_IFUNC);
  prefer(({ binding }) => binding !== ElfConstant.STB_WEAK);
  const [first, ...others] = left;
  if (first === undefined) return undefined;
  if (first.type === STT_GNU_IFUNC) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected a function ${name}, found an indirect one (IFUNC): its code only chooses the function that is then called`,
      {
        remedy: `probe the chosen one, such as __${name}_avx_unaligned; it may need the library's debug symbols`,
      },
    );
  }
  const different = others.filter(({ address }) => address !== first.address);
  if (different.length > 0) {
    const places = [first, ...different].map(
      (symbol) =>
        `0x${symbol.address.toString(16)}${symbol.version === undefined ? "" : `@${symbol.version}`}`,
    );
    throw argumentError(
      `expected one function ${name}, found ${places.length}: at ${places.join(", ")}`,
      "say which by its offset in the file",
    );
  }
  return first;
}
