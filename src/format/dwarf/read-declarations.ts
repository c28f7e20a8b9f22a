import type { Elf } from "../elf/index.ts";
import { readAbbreviations, type Abbreviation } from "./abbreviations.ts";
import { Attribute, Tag } from "./constants.ts";
import { readForm, textOf, type FormContext } from "./forms.ts";
import { readLineFiles } from "./line-files.ts";
import { Cursor, dwarfSections, type DwarfSections } from "./sections.ts";

/** Where a name of the C source is declared. */
export interface Declaration {
  readonly kind: "function" | "variable" | "type" | "member";
  readonly name: string;
  /** Of a member: the struct or union, by its tag or typedef. */
  readonly owner: string | undefined;
  /** As the compiler names it. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** A debugging information entry, as far as declarations need it. */
interface Entry {
  readonly tag: number;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** Offset of the entry of its type; 0: none. */
  readonly type: number;
  readonly members: Entry[];
}

/**
 * Declarations of functions, variables, types and members outside of functions, as the DWARF of an object says. Empty
 * without DWARF; enumerators have no lines there. DWARF 4 and 5 of 32 bits; MALFORMED: damaged.
 */
export function readDeclarations(elf: Elf): Declaration[] {
  const sections = dwarfSections(elf);
  if (sections === undefined) return [];
  const declarations: Declaration[] = [];
  for (let start = 0; start < sections.info.length;) {
    const end = start + 4 + sections.info.u32(start);
    declarations.push(...declarationsOf(readUnit(sections, start, end)));
    start = end;
  }
  return declarations;
}

/** Entries at the unit's first level, with members, by offset. */
function readUnit(sections: DwarfSections, start: number, end: number): ReadonlyMap<number, Entry> {
  const cursor = new Cursor(sections.info, start + 4);
  const version = cursor.unsigned(2);
  if (version >= 5) cursor.skip(1); // unit type
  let addressSize = version >= 5 ? cursor.unsigned(1) : 0;
  const abbreviations = readAbbreviations(sections, cursor.unsigned(4));
  if (version < 5) addressSize = cursor.unsigned(1);
  const context: FormContext = { sections, addressSize, start, strOffsetsBase: 8 };
  let files: readonly string[] = [];
  const entries = new Map<number, Entry>();
  const open: (Entry | undefined)[] = [];
  while (cursor.at < end) {
    const { at } = cursor;
    const abbreviation = abbreviations.get(cursor.uleb());
    if (abbreviation === undefined) {
      open.pop(); // A null entry ends its siblings.
      continue;
    }
    const values = readValues(cursor, abbreviation, context);
    if (open.length === 0) files = readLineFiles(sections, values.lineTable);
    const entry: Entry = {
      tag: abbreviation.tag,
      name: values.name,
      file: files[values.file] ?? "",
      line: values.line,
      type: values.type,
      members: [],
    };
    // Depth 1 is the unit's; C's nested structs stand there as well.
    if (open.length === 1) entries.set(at, entry);
    else if (entry.tag === Tag.member) open.at(-1)?.members.push(entry);
    else if (entry.tag === Tag.structure || entry.tag === Tag.union) entries.set(at, entry);
    if (abbreviation.hasChildren) open.push(entry);
  }
  return entries;
}

interface Values {
  name: string;
  file: number;
  line: number;
  type: number;
  lineTable: number;
}

function readValues(cursor: Cursor, { attributes }: Abbreviation, context: FormContext): Values {
  const values: Values = { name: "", file: 0, line: 0, type: 0, lineTable: 0 };
  for (const { name, form, constant } of attributes) {
    const value = readForm(cursor, form, context, constant);
    if (name === Attribute.name) values.name = textOf(cursor, form, value, context);
    else if (name === Attribute.declFile) values.file = value;
    else if (name === Attribute.declLine) values.line = value;
    else if (name === Attribute.type) values.type = value;
    else if (name === Attribute.stmtList) values.lineTable = value;
    else if (name === Attribute.strOffsetsBase) context.strOffsetsBase = value;
  }
  return values;
}

const kinds: Readonly<Record<number, Declaration["kind"]>> = {
  [Tag.subprogram]: "function",
  [Tag.variable]: "variable",
  [Tag.structure]: "type",
  [Tag.union]: "type",
  [Tag.enumeration]: "type",
  [Tag.typedef]: "type",
};

function declarationsOf(entries: ReadonlyMap<number, Entry>): Declaration[] {
  const found: Declaration[] = [];
  const add = (kind: Declaration["kind"], owner: string | undefined, { name, file, line }: Entry): void => {
    if (name !== "" && line > 0) found.push({ kind, name, owner, file, line });
  };
  for (const entry of entries.values()) {
    const kind = kinds[entry.tag];
    if (kind !== undefined) add(kind, undefined, entry);
    // A struct without a tag goes by its typedef.
    const struct = entry.tag === Tag.typedef ? entries.get(entry.type) : entry;
    if (struct === undefined || (struct !== entry && struct.name !== "")) continue;
    if (entry.name !== "")
      for (const member of membersOf(struct, entries, 0)) add("member", entry.name, member);
  }
  return found;
}

/** Members, and those of members without a name in their place; C compilers nest them a few levels deep. */
function membersOf(struct: Entry, entries: ReadonlyMap<number, Entry>, depth: number): readonly Entry[] {
  return struct.members.flatMap((member) => {
    if (member.name !== "") return [member];
    const inner = entries.get(member.type);
    return inner === undefined || depth > 16 ? [] : membersOf(inner, entries, depth + 1);
  });
}
