import { CompileError, ErrorCode, NativeError, TsbpfError, VerifierError } from "../errors.ts";

/** Lines of a verifier log that are shown; the reason stands at its end. */
const LOG_LINES = 12;

/**
 * Prints an error for the person at the terminal: where, what, what to do, and for a compiler or the verifier
 * what it said itself. Gives the exit status: 2 for a wrong command line, 1 for everything else.
 */
export function reportError(prefix: string, error: unknown): number {
  if (!(error instanceof TsbpfError)) {
    // A fault of ours: the stack is what a report needs.
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${prefix}: unexpected error, please report it:\n${text}\n`);
    return 1;
  }
  if (error instanceof CompileError && error.output !== "") {
    process.stderr.write(error.output.endsWith("\n") ? error.output : `${error.output}\n`);
  }
  if (error instanceof VerifierError) process.stderr.write(verifierLog(error));
  process.stderr.write(`${prefix}: ${[...error.trail, error.detail].join(": ")}\n`);
  const remedies =
    error instanceof NativeError ? error.solutions : error.remedy === undefined ? [] : [error.remedy];
  for (const remedy of remedies) process.stderr.write(`  → ${remedy}\n`);
  return error.code === ErrorCode.ARGUMENT ? 2 : 1;
}

function verifierLog(error: VerifierError): string {
  const lines = error.log.trimEnd().split("\n");
  const shown = lines.slice(-LOG_LINES).map((line) => `  | ${line}`);
  const hidden = lines.length - shown.length;
  const head = hidden > 0 ? [`  | … ${hidden} lines of the verifier's log before`] : [];
  return `${[...head, ...shown].join("\n")}\n`;
}
