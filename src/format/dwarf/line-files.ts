import { Form, LineContent } from "./constants.ts";
import { readForm, textOf, type FormContext } from "./forms.ts";
import { Cursor, type DwarfSections } from "./sections.ts";

/** The files of a line table by the number that declarations name them by; relative ones to the compiler's directory. */
export function readLineFiles(sections: DwarfSections, offset: number): readonly string[] {
  const cursor = new Cursor(sections.line, offset);
  cursor.skip(4); // length
  const version = cursor.unsigned(2);
  const addressSize = version >= 5 ? cursor.unsigned(1) : 8;
  cursor.skip(version >= 5 ? 1 : 0); // segment selector size
  cursor.skip(4 + 5); // header length; instruction lengths, default, line base and range
  cursor.skip(cursor.unsigned(1) - 1); // lengths of the standard opcodes
  if (version < 5) return readOldFiles(cursor);
  const context = { sections, addressSize, start: 0, strOffsetsBase: 8 };
  const directories = readEntries(cursor, context).map(({ path }) => path);
  return readEntries(cursor, context).map(({ path, directory }) => join(directories, directory, path));
}

/** Before DWARF 5 both lists end with an empty name and are counted from 1; 0 is the compiler's directory. */
function readOldFiles(cursor: Cursor): string[] {
  const directories = ["."];
  for (let name = cursor.text(); name !== ""; name = cursor.text()) directories.push(name);
  const files = [""];
  for (let name = cursor.text(); name !== ""; name = cursor.text()) {
    files.push(join(directories, cursor.uleb(), name));
    cursor.uleb(); // time of the last change
    cursor.uleb(); // size
  }
  return files;
}

function readEntries(cursor: Cursor, context: FormContext): { path: string; directory: number }[] {
  const formats = Array.from({ length: cursor.unsigned(1) }, () => [cursor.uleb(), cursor.uleb()] as const);
  const count = cursor.uleb();
  const entries = [];
  for (let index = 0; index < count; index++) {
    const entry = { path: "", directory: 0 };
    for (const [content, form] of formats) {
      const value = readForm(cursor, form, context, 0);
      if (content === LineContent.path) entry.path = textOf(cursor, form, value, context);
      if (content === LineContent.directory && form !== Form.data16) entry.directory = value;
    }
    entries.push(entry);
  }
  return entries;
}

function join(directories: readonly string[], index: number, path: string): string {
  const directory = directories[index] ?? "";
  const whole = path.startsWith("/") || directory === "" || directory === "." ? path : `${directory}/${path}`;
  return whole.replaceAll(/(^|\/)(\.\/)+/g, "$1");
}
