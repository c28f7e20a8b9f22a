import type { Executable } from "./executable.ts";
import type { SymbolEntry } from "./function-symbol.ts";
import { findInTable, symbolTable } from "./symbol-table.ts";
import { ElfConstant } from "./types.ts";

/**
 * The address of a variable, by the name that the assembler gave it; undefined where the file has none, or several: a
 * static variable's name is unique in its source only.
 */
export function findVariable(file: Executable, name: string): number | undefined {
  const addresses = new Set<number>();
  for (const kind of ["all", "exported"] as const) {
    const table = symbolTable(file, kind);
    if (table === undefined) continue;
    for (const { address } of findInTable(file, table, name, isVariable)) addresses.add(address);
  }
  return addresses.size === 1 ? [...addresses][0] : undefined;
}

/** Thread-local variables have offsets instead of addresses: they are of a type of their own. */
function isVariable({ type, section, address }: SymbolEntry): boolean {
  if (section === ElfConstant.SHN_UNDEF || address === 0) return false;
  return type === ElfConstant.STT_OBJECT || type === ElfConstant.STT_NOTYPE;
}
