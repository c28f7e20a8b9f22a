import { argumentError, MalformedError, type TsbpfError } from "../../errors.ts";
import {
  ElfConstant,
  findFunction,
  functionNames,
  parseFunctionName,
  type FunctionSymbol,
} from "../../format/elf/index.ts";
import { nearest } from "../../suggestion.ts";
import { openDebugFile } from "./debug-file.ts";
import type { ExecutableFile } from "./executable-file.ts";
import type { Host } from "./host.ts";

/** Where a function is. */
export interface FunctionPlace {
  readonly name: string;
  /** Bytes from the start of {@link ExecutableFile.path}. */
  readonly offset: number;
  /** Bytes of its code; 0 where the symbol says none. */
  readonly size: number;
}

/**
 * A function of an executable by `name` or `name@VERSION`: among its exported symbols, among all of them, and in a file
 * with the symbols that were stripped off. ARGUMENT: there is none, with near names, or several.
 */
export function requireFunction(host: Host, file: ExecutableFile, text: string): FunctionPlace {
  const query = parseFunctionName(text);
  const own = findFunction(file.elf, query);
  if (own !== undefined) return functionPlace(file, own);
  const debug = openDebugFile(host, file);
  try {
    const symbol = debug === undefined ? undefined : findFunction(debug.elf, query);
    if (symbol !== undefined) return functionPlace(file, symbol);
    const names = functionNames(file.elf);
    if (debug !== undefined) for (const name of functionNames(debug.elf)) names.add(name);
    throw missing(query.name, names, debug !== undefined);
  } finally {
    debug?.close();
  }
}

/**
 * From an address to a place in the file by its segment, as the kernel maps it; the section says the same in a file that
 * is not damaged (RULES 56).
 */
export function functionPlace(file: ExecutableFile, symbol: FunctionSymbol): FunctionPlace {
  const { elf, start } = file;
  const { name, size } = symbol;
  // The lowest bit of an address in 32-bit ARM code says Thumb.
  const address = elf.machine === 40 ? symbol.address & ~1 : symbol.address;
  const offset = elf.fileOffset(address);
  if (offset === undefined || !elf.isCode(offset)) {
    throw argumentError(
      `expected ${name} in a segment of code, found address 0x${address.toString(16)} outside`,
    );
  }
  const section = elf.sectionHeader(symbol.section);
  const isHere = section !== undefined && section.type !== ElfConstant.SHT_NOBITS && symbol.section < 0xff00;
  if (isHere && address >= section.address && address < section.address + section.size) {
    const bySection = address - section.address + section.offset;
    if (bySection !== offset) {
      throw new MalformedError(
        `${name} at 0x${bySection.toString(16)} by its section`,
        `0x${offset.toString(16)} by its segment`,
      );
    }
  }
  return { name, offset: start + offset, size };
}

function missing(name: string, names: ReadonlySet<string>, hasDebugFile: boolean): TsbpfError {
  // `node::Start` is part of a longer name in the file, and near to others that have nothing to do with it.
  const near = name.includes("::")
    ? shortestWith(name, names)
    : (nearest(name, names) ?? shortestWith(name, names));
  const where = hasDebugFile ? "the file or its debug symbols" : "the file";
  const remedy =
    near !== undefined
      ? `did you mean "${near}"?`
      : names.size === 0
        ? "it was stripped of its symbols: give an offset, or install its debug symbols"
        : hasDebugFile
          ? undefined
          : "an inlined function has no place of its own; one that is not exported may be in the debug symbols";
  return argumentError(`expected a function ${name} in ${where}, found none`, remedy);
}

/** C++ and Rust put more around a name: `_ZN4node5StartEiPPc`. */
function shortestWith(name: string, names: ReadonlySet<string>): string | undefined {
  const parts = name.split("::");
  let best: string | undefined;
  for (const candidate of names) {
    if (parts.every((part) => candidate.includes(part)) && candidate.length < (best?.length ?? Infinity))
      best = candidate;
  }
  return best;
}
