import { unreadable } from "./operand.ts";
import type { UsdtArgument, UsdtMemory, UsdtPlace } from "./types.ts";

/** The instruction pointer by its names: what is next to it is counted from it. */
const pointers = new Set(["rip", "eip", "pc"]);

/** What is known of a file when the symbols in its arguments are looked up. */
export interface SymbolPlaces {
  /** Address of the instruction where the program will be called. */
  readonly site: bigint;
  /** Whether the file runs at the addresses that stand in it (ET_EXEC). */
  readonly fixed: boolean;
  /** The register that holds {@link site} when the point fires; undefined: this architecture has none. */
  readonly pointer: { readonly name: string; readonly offset: number } | undefined;
  /** The address of a symbol of the file; undefined if there is none. */
  address(symbol: string): bigint | undefined;
}

/**
 * The argument with its symbol's address in the displacement. A variable is as far from the instruction in every
 * process as it is in the file: so it is found through the instruction pointer, wherever the file was loaded.
 */
export function placeSymbol(argument: UsdtArgument, places: SymbolPlaces): UsdtArgument {
  const { place } = argument;
  if (place.kind !== "memory") return argument;
  const relative = place.base !== undefined && pointers.has(place.base.name);
  if (place.symbol === undefined && place.base !== undefined && !relative) return argument;
  return { ...argument, place: placed(place, relative, places) };
}

function placed(place: UsdtMemory, relative: boolean, places: SymbolPlaces): UsdtPlace {
  const { symbol } = place;
  const address = symbol === undefined ? 0n : places.address(symbol);
  if (address === undefined) return unreadable(`its variable "${symbol}" is not in the file's symbol table`);
  const displacement = place.displacement + address;
  if (relative && symbol === undefined) return unreadable("a distance from the instruction without a symbol");
  if (!relative && !places.fixed) {
    return unreadable("an absolute address in a file that is loaded anywhere");
  }
  // An array's address plus two registers: nothing is left to be found out.
  if (place.base !== undefined && !relative) return { ...place, displacement, symbol: undefined };
  if (places.pointer === undefined) return unreadable("programs see no instruction pointer here");
  return { ...place, base: places.pointer, displacement: displacement - places.site, symbol: undefined };
}
