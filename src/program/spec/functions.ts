import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import { ElfConstant, sectionPlace, type ElfSection, type ElfSymbol } from "../../format/elf/index.ts";
import { sectionsOf, type ObjectFile } from "./object-file.ts";
import { findRange, type Range } from "./ranges.ts";
import type { CodeRelocation, CoreRelocation, FunctionSpec, LineInfo } from "./types.ts";

/** Bytes of an instruction slot. */
export const SLOT = 8;
/** Names of one function; thousands would make everything that is said about each name quadratic. */
const MOST_NAMES = 16;

/**
 * A stretch of code that one symbol names, or several (`__attribute__((alias))`), which then share what is
 * found out about it. Filled in by the readers of relocations and of `.BTF.ext`.
 */
export interface CodeRange extends Range {
  readonly section: ElfSection;
  readonly symbols: ElfSymbol[];
  readonly relocations: CodeRelocation[];
  readonly coreRelocations: CoreRelocation[];
  readonly lines: LineInfo[];
  btfId: number | undefined;
}

/** Section index → its functions, sorted by offset. */
export type CodeMap = ReadonlyMap<number, readonly CodeRange[]>;

/**
 * The functions of the object, from its `STT_FUNC` symbols (RULES 3). Code that no symbol names any more, such as
 * a weak function which the linker has replaced, belongs to none (RULES 35).
 */
export function collectFunctions(file: ObjectFile): CodeMap {
  const found = new Map<number, Map<number, CodeRange>>();
  for (const section of sectionsOf(file, "code")) found.set(section.index, new Map());
  for (const symbol of file.symbols) {
    const ranges = found.get(symbol.section);
    const section = file.elf.sections[symbol.section];
    if (symbol.type !== ElfConstant.STT_FUNC || ranges === undefined || section === undefined) continue;
    within(`function "${symbol.name}"`, () => addFunction(file, section, symbol, ranges));
  }
  const sorted = new Map<number, CodeRange[]>();
  for (const [index, ranges] of found) {
    const list = [...ranges.values()].sort((a, b) => a.start - b.start);
    refuseOverlap(list);
    sorted.set(index, list);
  }
  return sorted;
}

/** The function that contains byte `offset` of a section. */
export function findFunction(code: CodeMap, section: number, offset: number): CodeRange | undefined {
  return findRange(code.get(section) ?? [], offset);
}

/** What a range says about each of its names. */
export function functionSpecs(range: CodeRange): FunctionSpec[] {
  return range.symbols.map((symbol) => ({
    name: symbol.name,
    section: range.section.name,
    offset: range.start / SLOT,
    code: range.section.bytes.subarray(range.start, range.end),
    linkage: linkageOf(symbol),
    hidden: isHidden(symbol),
    relocations: range.relocations,
    coreRelocations: range.coreRelocations,
    btfId: range.btfId,
    lines: range.lines,
  }));
}

/** The C word for a symbol's binding. */
export function linkageOf(symbol: ElfSymbol): "static" | "global" | "weak" {
  if (symbol.binding === ElfConstant.STB_LOCAL) return "static";
  return symbol.binding === ElfConstant.STB_WEAK ? "weak" : "global";
}

/** RULES 9: such symbols count as static in BTF. */
export function isHidden(symbol: ElfSymbol): boolean {
  return symbol.visibility === ElfConstant.STV_HIDDEN || symbol.visibility === ElfConstant.STV_INTERNAL;
}

function addFunction(
  file: ObjectFile,
  section: ElfSection,
  symbol: ElfSymbol,
  ranges: Map<number, CodeRange>,
): void {
  const start = Number(symbol.value);
  const end = start + symbol.size;
  if (symbol.size === 0 || start % SLOT !== 0 || symbol.size % SLOT !== 0 || end > section.bytes.length) {
    throw new MalformedError(
      `whole instructions inside the ${section.bytes.length} bytes of ${sectionPlace(section)}`,
      `${symbol.size} bytes at ${start}`,
    );
  }
  if (section !== file.text && symbol.binding === ElfConstant.STB_LOCAL) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected a global function in section ${section.name}, found a static one`,
      { remedy: "remove `static` if it is a program, SEC() if it is a subprogram" },
    );
  }
  const known = ranges.get(start);
  if (known === undefined) {
    ranges.set(start, {
      section,
      start,
      end,
      symbols: [symbol],
      relocations: [],
      coreRelocations: [],
      lines: [],
      btfId: undefined,
    });
  } else if (known.end === end) {
    known.symbols.push(symbol);
    if (known.symbols.length > MOST_NAMES) {
      throw new MalformedError(`at most ${MOST_NAMES} names of one function`, "more");
    }
  } else {
    throw overlap(known.symbols[0], end);
  }
}

/** Overlapping functions would share instructions but not relocations; no compiler makes them. */
function refuseOverlap(sorted: readonly CodeRange[]): void {
  let previous: CodeRange | undefined;
  for (const range of sorted) {
    if (previous !== undefined && range.start < previous.end) {
      throw overlap(previous.symbols[0], range.start).within(`function "${range.symbols[0]?.name}"`);
    }
    previous = range;
  }
}

function overlap(other: ElfSymbol | undefined, at: number): MalformedError {
  return new MalformedError("code of its own", `byte ${at} inside function ${other?.name}`);
}
