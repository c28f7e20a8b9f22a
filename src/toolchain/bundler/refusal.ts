import { CompileError, ErrorCode, TsbpfError, type Diagnostic } from "../../errors.ts";

/** Where an error is, as Rollup and Vite show it. */
interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
}

/**
 * An error for people who see what a bundler or Node prints of it: the compiler's own words with their lines, and the
 * place in C where others have the one in tsbpf that threw it. What is not the compiler's refusal stays as it is.
 */
export function refusal(error: unknown): unknown {
  if (!(error instanceof CompileError)) return error;
  const [source = "source"] = error.trail;
  const remedy = error.remedy === undefined ? "" : `\n→ ${error.remedy}`;
  const text = `${source} is refused by the compiler:\n${error.output.trimEnd()}${remedy}`;
  const shown = new TsbpfError(ErrorCode.COMPILE, text);
  const loc = placeOf(error.diagnostics.find(({ severity }) => severity === "error"));
  const frame = loc === undefined ? "" : `\n    at ${loc.file}:${loc.line}:${loc.column + 1}`;
  shown.stack = `${shown.name}: ${text}${frame}`;
  for (const name of ["name", "detail", "remedy", "trail"])
    Object.defineProperty(shown, name, { enumerable: false });
  return loc === undefined ? shown : Object.assign(shown, { loc });
}

function placeOf(diagnostic: Diagnostic | undefined): Place | undefined {
  const { file, line, column } = diagnostic ?? {};
  return file === undefined || line === undefined || column === undefined
    ? undefined
    : { file, line, column: column - 1 };
}
