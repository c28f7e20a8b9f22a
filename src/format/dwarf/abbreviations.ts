import { Form } from "./constants.ts";
import { Cursor, type DwarfSections } from "./sections.ts";

/** How entries of one kind are written. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly { readonly name: number; readonly form: number; readonly constant: number }[];
}

/** The abbreviations of a unit by their code. */
export function readAbbreviations(
  { abbrev }: DwarfSections,
  offset: number,
): ReadonlyMap<number, Abbreviation> {
  const cursor = new Cursor(abbrev, offset);
  const found = new Map<number, Abbreviation>();
  for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
    const tag = cursor.uleb();
    const hasChildren = cursor.unsigned(1) !== 0;
    const attributes = [];
    for (;;) {
      const name = cursor.uleb();
      const form = cursor.uleb();
      // Signed, but only file and line numbers are asked for.
      const constant = form === Form.implicitConst ? cursor.uleb() : 0;
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, constant });
    }
    found.set(code, { tag, hasChildren, attributes });
  }
  return found;
}
