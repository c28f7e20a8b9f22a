/** A colour of the terminal's own palette. */
export type Color = "red" | "green" | "yellow" | "cyan" | "bold" | "dim";

const codes: Readonly<Record<Color, readonly [on: number, off: number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  bold: [1, 22],
  dim: [2, 22],
};

/** Colours text, or hands it on as it is. */
export type Paint = (color: Color, text: string) => string;

/** Colours for a terminal that shows them; none for a pipe, a dumb terminal or with NO_COLOR (no-color.org). */
export function painter(stream: { readonly isTTY?: boolean }): Paint {
  const { NO_COLOR: unwanted, TERM: terminal } = process.env;
  if (stream.isTTY !== true || unwanted || terminal === "dumb") return (_, text) => text;
  return (color, text) => `\x1b[${codes[color][0]}m${text}\x1b[${codes[color][1]}m`;
}
