import { ErrorCode, TsbpfError } from "../../errors.ts";
import { Form } from "./constants.ts";
import type { Cursor, DwarfSections } from "./sections.ts";

/** What values of a unit depend on. */
export interface FormContext {
  readonly sections: DwarfSections;
  readonly addressSize: number;
  /** Where the unit begins: references count from here. */
  readonly start: number;
  /** Of `DW_AT_str_offsets_base`. */
  strOffsetsBase: number;
}

/** Bytes of forms whose values are of a fixed size; an address and what refers to another file are not asked for. */
const widths: Readonly<Record<number, number>> = {
  [Form.data1]: 1,
  [Form.flag]: 1,
  [Form.addrx1]: 1,
  [Form.data2]: 2,
  [Form.addrx2]: 2,
  [Form.addrx3]: 3,
  [Form.data4]: 4,
  [Form.secOffset]: 4,
  [Form.addrx4]: 4,
  [Form.refAddr]: 4,
  [Form.data8]: 8,
  [Form.refSig8]: 8,
};
const references: Readonly<Record<number, number>> = {
  [Form.ref1]: 1,
  [Form.ref2]: 2,
  [Form.ref4]: 4,
  [Form.ref8]: 8,
};
const stringIndexes: Readonly<Record<number, number>> = {
  [Form.strx1]: 1,
  [Form.strx2]: 2,
  [Form.strx3]: 3,
  [Form.strx4]: 4,
};
const variable = new Set<number>([Form.udata, Form.sdata, Form.addrx, Form.loclistx, Form.rnglistx]);

/**
 * Reads the value of a form and moves on: a number, an offset in `.debug_info` for references, an index or offset for
 * strings (see {@link textOf}). UNSUPPORTED: a form that DWARF 5 does not have.
 */
export function readForm(cursor: Cursor, form: number, context: FormContext, constant: number): number {
  const width = widths[form];
  if (width !== undefined) return cursor.unsigned(width);
  const reference = references[form];
  if (reference !== undefined) return context.start + cursor.unsigned(reference);
  const index = stringIndexes[form];
  if (index !== undefined) return cursor.unsigned(index);
  if (variable.has(form)) return cursor.uleb();
  const { at } = cursor;
  switch (form) {
    case Form.strp:
    case Form.lineStrp:
      return cursor.unsigned(4);
    case Form.strx:
      return cursor.uleb();
    case Form.refUdata:
      return context.start + cursor.uleb();
    case Form.implicitConst:
      return constant;
    case Form.flagPresent:
      return 1;
    case Form.string:
      cursor.text();
      return at;
    case Form.indirect:
      return readForm(cursor, cursor.uleb(), context, 0);
    case Form.addr:
      cursor.skip(context.addressSize);
      return 0;
    case Form.data16:
      cursor.skip(16);
      return 0;
    case Form.block1:
    case Form.block2:
    case Form.block4:
      cursor.skip(cursor.unsigned(form === Form.block1 ? 1 : form === Form.block2 ? 2 : 4));
      return 0;
    case Form.block:
    case Form.exprloc:
      cursor.skip(cursor.uleb());
      return 0;
    default:
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        `expected a form of DWARF 5, found 0x${form.toString(16)}`,
        {
          trail: [`.debug_info+${at}`],
        },
      );
  }
}

/** The text that a string form's value stands for. */
export function textOf(cursor: Cursor, form: number, value: number, context: FormContext): string {
  const { sections, strOffsetsBase } = context;
  if (form === Form.string) return cursor.reader.cString(value);
  if (form === Form.lineStrp) return sections.lineStr.at(value);
  if (form === Form.strp) return sections.str.at(value);
  return sections.str.at(sections.strOffsets.u32(strOffsetsBase + value * 4));
}
