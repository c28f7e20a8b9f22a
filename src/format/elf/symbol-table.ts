import { within } from "../../errors.ts";
import { ByteReader, encodeUtf8, findBytes, piecesOf } from "../bytes/index.ts";
import { textAt, type Executable, type ExecutableSection } from "./executable.ts";
import {
  isFunction,
  mayBeFunction,
  readSymbol,
  type FunctionSymbol,
  type SymbolEntry,
} from "./function-symbol.ts";
import { ElfConstant } from "./types.ts";

const AT = 64;
/** Bytes of `@@VERSION` that are looked at. */
const LONGEST_VERSION = 256;
/** A multiple of both sizes of a symbol, near a megabyte. */
const PIECE = 48 * 21_845;

/** The table of all symbols, or of the exported ones; undefined: it was stripped. */
export function symbolTable(file: Executable, kind: "all" | "exported"): ExecutableSection | undefined {
  const type = kind === "all" ? ElfConstant.SHT_SYMTAB : ElfConstant.SHT_DYNSYM;
  return file.sections.find((section) => section.type === type);
}

/**
 * The functions of a name in a table. There is no hash table for it, so its names are searched as bytes, and then the
 * entries that refer to one of the places: nothing is decoded that does not match. Linkers let one name be the end of
 * another, so a name may begin anywhere; `name@VERSION` and `name@@VERSION` are `name`, too (RULES 56).
 */
export function findInTable(
  file: Executable,
  table: ExecutableSection,
  name: string,
  isWanted: (symbol: SymbolEntry) => boolean = isFunction,
): FunctionSymbol[] {
  return within(`section ${table.name}`, () => {
    const strings = file.sections[table.link];
    if (strings === undefined) return [];
    const places = namePlaces(file, strings, name);
    if (places.size === 0) return [];
    const found: FunctionSymbol[] = [];
    const size = file.symbolSize;
    for (const reader of entryPieces(file, table)) {
      for (let at = 0; at + size <= reader.length; at += size) {
        const version = places.get(reader.u32(at));
        if (version === undefined) continue;
        const symbol = readSymbol(file, reader, at);
        if (isWanted(symbol)) found.push({ ...symbol, name, ...versionOf(version) });
      }
    }
    return found;
  });
}

/**
 * Calls `visit` with the name of every function of a table, and with what decodes the rest of it: tables have hundreds of
 * thousands of entries, of which few are wanted.
 */
export function visitFunctions(
  file: Executable,
  table: ExecutableSection,
  visit: (name: string, symbol: () => FunctionSymbol) => void,
): void {
  const strings = file.sections[table.link];
  if (strings === undefined) return;
  const text = file.content(strings);
  const size = file.symbolSize;
  const info = file.bits === 64 ? 4 : 12;
  for (const reader of entryPieces(file, table)) {
    for (let at = 0; at + size <= reader.length; at += size) {
      const type = reader.u8(at + info) & 0xf;
      const nameOffset = reader.u32(at);
      if (nameOffset === 0 || !mayBeFunction(type)) continue;
      const symbol = readSymbol(file, reader, at);
      if (!isFunction(symbol)) continue;
      const whole = textAt(text, nameOffset);
      // `name@VERSION`; an @ in front is no version's.
      const end = whole.indexOf("@", 1);
      const name = end < 0 ? whole : whole.slice(0, end);
      visit(name, () => ({ ...symbol, name, ...versionOf(end < 0 ? "" : whole.slice(end)) }));
    }
  }
}

/** `""`, `@VERSION`, or `@@VERSION` for the one that a new link takes. */
function versionOf(text: string): Pick<FunctionSymbol, "version" | "isDefault"> {
  if (text === "") return { version: undefined, isDefault: true };
  const isDefault = text.startsWith("@@");
  return { version: text.slice(isDefault ? 2 : 1), isDefault };
}

function* entryPieces(file: Executable, table: ExecutableSection): Generator<ByteReader> {
  const whole = table.size - (table.size % file.symbolSize);
  for (const { bytes } of piecesOf(file.source, table.offset, whole, { piece: PIECE })) {
    yield new ByteReader(bytes, file.littleEndian);
  }
}

/** Offsets in a string table at which a name stands → what follows it: `""`, `@VERSION`, `@@VERSION`. */
function namePlaces(file: Executable, strings: ExecutableSection, name: string): Map<number, string> {
  const needle = encodeUtf8(name);
  const places = new Map<number, string>();
  const { offset, size } = strings;
  const overlap = needle.length + LONGEST_VERSION;
  for (const piece of piecesOf(file.source, offset, size, { overlap })) {
    for (const at of findBytes(piece.bytes, needle)) {
      const end = at + needle.length;
      const next = piece.bytes[end];
      if (next !== 0 && next !== AT) continue;
      const version = next === 0 ? "" : textAt(piece.bytes.subarray(end, end + LONGEST_VERSION), 0);
      places.set(piece.offset - offset + at, version);
    }
  }
  return places;
}
