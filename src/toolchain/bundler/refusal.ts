import { CompileError, type Diagnostic } from "../../errors.ts";

/** Where an error is, as Rollup and Vite show it. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * An error for people who see what a bundler or Node prints of it: the compiler's own words with their lines, and
 * nothing of where in tsbpf it was thrown. What is not the compiler's refusal stays as it is.
 */
export function refusal(error: unknown): unknown {
  if (!(error instanceof CompileError)) return error;
  const shown: Error & { code?: string; loc?: Place | undefined } = new Error(
    `${error.message}\n${error.output.trimEnd()}`,
  );
  shown.name = error.name;
  shown.stack = `${error.name}: ${shown.message}`;
  shown.code = error.code;
  const loc = placeOf(error.diagnostics.find(({ severity }) => severity === "error"));
  return loc === undefined ? shown : Object.assign(shown, { loc });
}

function placeOf(diagnostic: Diagnostic | undefined): Place | undefined {
  const { file, line, column } = diagnostic ?? {};
  return file === undefined || line === undefined || column === undefined
    ? undefined
    : { file, line, column: column - 1 };
}
