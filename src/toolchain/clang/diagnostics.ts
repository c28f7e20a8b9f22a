import type { Diagnostic } from "../../errors.ts";

const message = /^(.+?):(\d+):(\d+): (fatal error|error|warning|note): (.*)$/;
const placeless = /^(?:clang[^:]*|zig): (error|warning|note): (.*)$/;
// oxlint-disable-next-line no-control-regex -- ESC starts the colour codes that are removed
const colour = /\u001b\[[0-9;]*[A-Za-z]/g;

/** Clang's text output as data; lines that are no message (source, carets) are left out. */
export function parseDiagnostics(output: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of output.replaceAll(colour, "").split("\n")) {
    const placed = message.exec(line);
    const bare = placed === null ? placeless.exec(line) : null;
    if (placed !== null) {
      const [, file, lineNumber, column, severity, text] = placed;
      found.push({
        severity: severityOf(severity),
        message: text ?? "",
        file,
        line: Number(lineNumber),
        column: Number(column),
      });
    } else if (bare !== null) {
      const [, severity, text] = bare;
      found.push({
        severity: severityOf(severity),
        message: text ?? "",
        file: undefined,
        line: undefined,
        column: undefined,
      });
    }
  }
  return found;
}

function severityOf(word: string | undefined): Diagnostic["severity"] {
  return word === "warning" || word === "note" ? word : "error";
}
