/** What a verifier log says in the end. */
export interface ParsedLog {
  /** The line with the reason, with a second one that completes it; "" if there is none. */
  readonly reason: string;
  /** The instruction that the verifier stood at, by slot; undefined before the first. */
  readonly instruction: number | undefined;
}

/**
 * Lines that report progress: instructions, register states, source lines, branches, statistics. What remains is
 * what the verifier has to say (kernel/bpf/verifier.c prints the reason with `verbose()` and leaves).
 */
const progress: readonly RegExp[] = [
  /^\d+: (\(|R\d|safe|frame)/,
  /^;/,
  /^from \d+ to \d+/,
  /^(frame\d+:)?\s*R\d+(_\w+)?=/,
  /^(caller|callee|returning from callee|to caller at \d+):?/,
  /^(mark_precise|last_idx|regs=|parent |propagating|falling back|combining)/,
  /^(processed \d+ insns|verification time|stack depth|insns_state|mark_read|peak_states)/,
  /^(func#\d+ @|Func#\d+ \(|Validating \w+\(\)|Func '|Live regs|live regs|Using insns)/,
  /^\s*$/,
];

/** Finds reason and place at the end of a log. */
export function parseVerifierLog(log: string): ParsedLog {
  const lines = log.split("\n").map((line) => line.trimEnd());
  let end = lines.length;
  while (end > 0 && isProgress(lines[end - 1] ?? "")) end--;
  let start = end;
  while (start > 0 && !isProgress(lines[start - 1] ?? "")) start--;
  const said = lines.slice(start, end);
  // Some reasons come in two lines: what was wrong, then which register made it so.
  const reason = said.slice(0, 2).join("; ");
  const before = end === 0 ? lines : lines.slice(0, end);
  return { reason, instruction: namedInstruction(said) ?? lastInstruction(before) };
}

function isProgress(line: string): boolean {
  return progress.some((pattern) => pattern.test(line));
}

/** Checks before the walk name their instruction: `unreachable insn 5`, `jump out of range from insn 3 to 9`. */
function namedInstruction(said: readonly string[]): number | undefined {
  const match = /\binsn (\d+)\b/.exec(said.join("\n"));
  return match === null ? undefined : Number(match[1]);
}

function lastInstruction(lines: readonly string[]): number | undefined {
  for (const line of lines.toReversed()) {
    const match = /^(\d+): \(/.exec(line);
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}

/** The last lines of a log that a person wants to see first. */
export function lastLines(log: string, count: number): string[] {
  const lines = log.trimEnd().split("\n");
  return lines.slice(-count);
}
