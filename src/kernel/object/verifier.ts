import { VerifierError, type SourceLine } from "../../errors.ts";
import type { Poison, PreparedProgram } from "../../program/relocate/index.ts";
import { verifierHint } from "./verifier-hints.ts";
import { lastLines, parseVerifierLog } from "./verifier-log.ts";

/** Lines at the end of a log where a poisoned instruction's number is looked for (RULES 34). */
const POISON_LINES = 10;

/**
 * The verifier's refusal as data: the line with the reason, the instruction, and the C line behind it. Where the
 * verifier stumbled over an instruction that relocation had poisoned, the reason is what relocation missed.
 * `poisoned`: more such numbers than the program brought itself.
 */
export function verifierError(
  log: string,
  prepared: PreparedProgram,
  poisoned: readonly Poison[] = [],
  cause?: unknown,
): VerifierError {
  const parsed = parseVerifierLog(log);
  const poison = findPoison(log, parsed.instruction, [...prepared.poisoned, ...poisoned]);
  const reason = parsed.reason === "" ? "refused without a reason" : parsed.reason;
  const summary = poison === undefined ? reason : `this code cannot run on this kernel: ${poison.reason}`;
  const instruction = poison?.instruction ?? parsed.instruction;
  return new VerifierError(
    {
      log,
      summary,
      instruction,
      source: instruction === undefined ? undefined : sourceLine(prepared, instruction),
    },
    {
      remedy: poison === undefined ? verifierHint(reason) : guardHint(poison),
      trail: functionPlace(prepared, instruction),
      cause,
    },
  );
}

function findPoison(
  log: string,
  instruction: number | undefined,
  all: readonly Poison[],
): Poison | undefined {
  const end = lastLines(log, POISON_LINES).join("\n");
  const named = all.filter(({ imm }) => new RegExp(`\\b${imm}\\b`).test(end));
  return named.find((poison) => poison.instruction === instruction) ?? named[0];
}

function guardHint(poison: Poison): string | undefined {
  return poison.reason.startsWith("CO-RE")
    ? "guard it with bpf_core_field_exists, bpf_core_type_exists or bpf_core_enum_value_exists"
    : undefined;
}

/** The last line record at or before the instruction. */
function sourceLine(prepared: PreparedProgram, instruction: number): SourceLine | undefined {
  let found: SourceLine | undefined;
  for (const line of prepared.lines) {
    if (line.instruction > instruction) break;
    found = line.source;
  }
  return found;
}

/** The subprogram, where it is not the program itself. */
function functionPlace(prepared: PreparedProgram, instruction: number | undefined): string[] {
  if (instruction === undefined) return [];
  const place = prepared.layout.find(
    (one) => instruction >= one.instruction && instruction < one.instruction + one.length,
  );
  return place === undefined || place.name === prepared.spec.name ? [] : [`function "${place.name}"`];
}
