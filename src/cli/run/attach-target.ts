import { argumentError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";

/** Where `--attach PROG=TARGET` puts a program. */
export type AttachTarget =
  | { readonly kind: "tracepoint"; readonly category: string; readonly name: string }
  | { readonly kind: "raw_tracepoint"; readonly name: string };

/** `--attach PROG=TARGET` */
export interface AttachRequest {
  readonly program: string;
  readonly target: AttachTarget;
}

const forms = ["tracepoint:CATEGORY:NAME", "raw_tracepoint:NAME"] as const;
const kinds: Readonly<Record<string, string>> = { tp: "tracepoint", raw_tp: "raw_tracepoint" };

/** Reads `PROG=TARGET`; a target of unknown form is refused with the forms there are. */
export function parseAttach(text: string): AttachRequest {
  const equals = text.indexOf("=");
  if (equals < 1) throw argumentError(`--attach: expected PROG=TARGET, found "${text}"`, formsRemedy());
  const program = text.slice(0, equals);
  const [word = "", ...rest] = text.slice(equals + 1).split(":");
  const kind = kinds[word] ?? word;
  const [first, second] = rest;
  if (kind === "tracepoint" && rest.length === 2 && first && second)
    return { program, target: { kind, category: first, name: second } };
  if (kind === "raw_tracepoint" && rest.length === 1 && first)
    return { program, target: { kind, name: first } };
  const known = ["tracepoint", "raw_tracepoint"];
  if (known.includes(kind)) {
    const form = forms.find((candidate) => candidate.startsWith(`${kind}:`));
    throw argumentError(`--attach ${program}: expected ${form}, found "${text.slice(equals + 1)}"`);
  }
  const near = suggest(kind, known);
  throw argumentError(
    `--attach ${program}: unknown target kind "${word}"`,
    near?.startsWith("did") ? near : formsRemedy(),
  );
}

function formsRemedy(): string {
  return `targets: ${forms.join(", ")}`;
}

/** How a target is shown. */
export function targetText(target: AttachTarget): string {
  return target.kind === "tracepoint"
    ? `tracepoint:${target.category}:${target.name}`
    : `raw_tracepoint:${target.name}`;
}
