import type { ObjectBtf } from "./btf-records.ts";
import { ElfConstant, type ElfSymbol } from "../../format/elf/index.ts";
import { isHidden, linkageOf } from "./functions.ts";
import type { PlacedMap } from "./map-places.ts";
import type { ObjectFile } from "./object-file.ts";
import type { VariableSpec } from "./types.ts";

/**
 * The global variables of the data sections, by section and offset. BTF names and types them; a section without
 * BTF (no -g, or string literals) has the variables of its symbols, without types.
 */
export function readVariables(
  file: ObjectFile,
  btf: ObjectBtf | undefined,
  maps: readonly PlacedMap[],
): VariableSpec[] {
  const symbols = new Map<number, ElfSymbol[]>();
  for (const symbol of file.symbols) {
    if (symbol.type !== ElfConstant.STT_OBJECT) continue;
    const list = symbols.get(symbol.section);
    if (list === undefined) symbols.set(symbol.section, [symbol]);
    else list.push(symbol);
  }
  return maps
    .filter(({ spec }) => spec.contents !== undefined)
    .flatMap((map) => {
      const section = file.elf.sections[map.section];
      // The arena's definition lies in .maps; its variables lie elsewhere.
      if (section === undefined || file.roles[section.index] === "maps") return [];
      const own = symbols.get(map.section) ?? [];
      return typedVariables(btf, section.name, map, own) ?? untypedVariables(map, own);
    });
}

function typedVariables(
  btf: ObjectBtf | undefined,
  sectionName: string,
  map: PlacedMap,
  symbols: readonly ElfSymbol[],
): VariableSpec[] | undefined {
  const id = btf?.sections.get(sectionName);
  const section = btf === undefined || id === undefined ? undefined : btf.types.type(id);
  if (btf === undefined || section?.kind !== "datasec") return undefined;
  const globals = new Map(
    symbols
      .filter((symbol) => symbol.binding !== ElfConstant.STB_LOCAL)
      .map((symbol) => [symbol.name, symbol]),
  );
  return section.variables.flatMap(({ type, offset, size }) => {
    const variable = btf.types.type(type);
    if (variable.kind !== "var" || offset + size > map.end) return [];
    const symbol = globals.get(variable.name);
    return {
      name: variable.name,
      map: map.spec.name,
      offset,
      size,
      type: variable.type,
      linkage: symbol === undefined ? "static" : linkageOf(symbol),
      hidden: symbol !== undefined && isHidden(symbol),
    };
  });
}

function untypedVariables(map: PlacedMap, symbols: readonly ElfSymbol[]): VariableSpec[] {
  return symbols
    .filter((symbol) => !symbol.name.startsWith(".") && Number(symbol.value) + symbol.size <= map.end)
    .sort((a, b) => Number(a.value - b.value))
    .map((symbol) => ({
      name: symbol.name,
      map: map.spec.name,
      offset: Number(symbol.value),
      size: symbol.size,
      type: 0,
      linkage: linkageOf(symbol),
      hidden: isHidden(symbol),
    }));
}
