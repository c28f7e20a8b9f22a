/** Rows whose cells stand below each other, indented; the last cell of a row is as long as it is. */
export function rows(cells: readonly (readonly string[])[], indent = "  "): string[] {
  const widths: number[] = [];
  for (const row of cells)
    for (const [index, cell] of row.slice(0, -1).entries())
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return cells.map((row) =>
    `${indent}${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd(),
  );
}

/** `── title ──────`, as wide as a terminal usually is. */
export function heading(title: string): string {
  return `── ${title} ${"─".repeat(Math.max(3, 76 - title.length))}`;
}
