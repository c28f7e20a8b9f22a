/** Source maps (ECMA-426) for declaration files: editors follow them from a name into the C source. */
import type { MarkedName } from "./marks.ts";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A place in a source, counted from 0. */
export interface SourcePlace {
  /** Relative to the map. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The map of a declaration file of that name; `placeOf` knows where a name is declared. */
export function declarationMap(
  file: string,
  names: readonly MarkedName[],
  placeOf: (name: MarkedName) => SourcePlace | undefined,
): string {
  const sources: string[] = [];
  const lines: string[][] = [];
  const last = { source: 0, line: 0, column: 0 };
  let row = -1;
  let column = 0;
  for (const name of names) {
    const place = placeOf(name);
    if (name.line !== row) column = 0;
    row = name.line;
    const segment = [name.column - column];
    column = name.column;
    // A name of unknown place is mapped to none: TypeScript would take the next one's.
    if (place !== undefined) {
      if (!sources.includes(place.file)) sources.push(place.file);
      const source = sources.indexOf(place.file);
      segment.push(source - last.source, place.line - last.line, place.column - last.column);
      Object.assign(last, { source, line: place.line, column: place.column });
    }
    (lines[row] ??= []).push(segment.map(vlq).join(""));
  }
  const mappings = Array.from(lines, (segments) => segments?.join(",") ?? "").join(";");
  return JSON.stringify({ version: 3, file, sourceRoot: "", sources, names: [], mappings });
}

/** A signed number in base 64 digits of five bits, lowest first. */
function vlq(value: number): string {
  let left = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = left & 31;
    left >>>= 5;
    text += DIGITS[left > 0 ? digit | 32 : digit] ?? "";
  } while (left > 0);
  return text;
}
