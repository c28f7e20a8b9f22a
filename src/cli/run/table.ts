/** One column of the event table. */
export interface Column {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly right: boolean;
  /** Characters to begin with; a wider cell widens the column from there on. */
  readonly width: number;
}

/**
 * Rows of text in aligned columns. Events arrive one by one, so widths cannot be known beforehand: they start
 * at what the type suggests and grow, never shrink, so that lines below each other stay aligned.
 */
export class Table {
  private readonly columns: readonly Column[];
  private readonly widths: number[];

  constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.widths = columns.map((column) => Math.max(column.width, displayWidth(column.title)));
  }

  header(): string {
    return this.line(this.columns.map((column) => column.title));
  }

  row(cells: readonly string[]): string {
    for (const [index, cell] of cells.entries()) {
      // The last column of text may run on: nothing stands behind it.
      const last = index === this.columns.length - 1 && this.columns[index]?.right === false;
      if (!last) this.widths[index] = Math.max(this.widths[index] ?? 0, displayWidth(cell));
    }
    return this.line(cells);
  }

  private line(cells: readonly string[]): string {
    const padded = cells.map((cell, index) => {
      const space = " ".repeat(Math.max(0, (this.widths[index] ?? 0) - displayWidth(cell)));
      return this.columns[index]?.right === true ? space + cell : cell + space;
    });
    return padded.join("  ").trimEnd();
  }
}

/** Text for a cell: control characters would break the table or reach the terminal as commands. */
export function printable(text: string): string {
  let shown = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) shown += `\\x${code.toString(16).padStart(2, "0")}`;
    else shown += char;
  }
  return shown;
}

/** Terminal cells: East Asian wide characters take two, combining marks none. */
function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mark}/u.test(char)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}
