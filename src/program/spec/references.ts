import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import { ElfConstant, readRelocations, type ElfSection, type ElfSymbol } from "../../format/elf/index.ts";
import type { ObjectFile } from "./object-file.ts";

/** A relocation with the symbol it refers to. */
export interface SymbolReference {
  /** Byte offset in the relocated section. */
  readonly offset: number;
  readonly symbol: ElfSymbol;
}

/** The relocations of a section. */
function relocationsOf(file: ObjectFile, section: ElfSection): SymbolReference[] {
  const sections = file.relocations.get(section.index) ?? [];
  return sections.flatMap((relocations) => readReferences(file, relocations));
}

/** The entries of one relocation section, each with its symbol. BPF has `SHT_REL` only: addends are in the code. */
export function readReferences(file: ObjectFile, relocations: ElfSection): SymbolReference[] {
  if (relocations.type !== ElfConstant.SHT_REL) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      "expected relocations without addend (SHT_REL), found SHT_RELA",
    ).within(relocations.name);
  }
  return readRelocations(file.elf, relocations).map(({ offset, symbol }, index) => {
    const target = file.symbols[symbol];
    if (target !== undefined) return { offset, symbol: target };
    throw new MalformedError(`a symbol below ${file.symbols.length}`, String(symbol)).within(
      `${relocations.name}: relocation ${index}`,
    );
  });
}

/** Runs `body` for each relocation of a section; errors name the section and the symbol. */
export function eachReference(
  file: ObjectFile,
  section: ElfSection,
  body: (reference: SymbolReference) => void,
): void {
  for (const reference of relocationsOf(file, section)) {
    within(`${section.name}: offset ${reference.offset}: reference to ${reference.symbol.name}`, () =>
      body(reference),
    );
  }
}
