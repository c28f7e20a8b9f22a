import { argumentError, type TsbpfError } from "../../errors.ts";
import { suggest } from "../../suggestion.ts";

/** Kernel functions and system calls, by name. */
const functionKinds = ["kprobe", "kretprobe", "ksyscall", "kretsyscall", "kprobe.multi"] as const;
/** Functions of executables and libraries. */
const fileKinds = ["uprobe", "uretprobe", "uprobe.multi"] as const;
/** Kernel functions that the program is loaded for. */
const tracingKinds = ["fentry", "fexit", "fmod_ret", "tp_btf", "lsm"] as const;

/** Where `--attach PROG=TARGET` puts a program. */
export type AttachTarget =
  | { readonly kind: "tracepoint"; readonly category: string; readonly name: string }
  | { readonly kind: "raw_tracepoint"; readonly name: string }
  | { readonly kind: (typeof functionKinds)[number]; readonly name: string }
  | { readonly kind: (typeof fileKinds)[number]; readonly path: string; readonly place: string }
  | { readonly kind: "usdt"; readonly path: string; readonly provider: string; readonly name: string }
  | { readonly kind: (typeof tracingKinds)[number]; readonly name: string }
  | { readonly kind: "xdp"; readonly networkInterface: string };

/** `--attach PROG=TARGET` */
export interface AttachRequest {
  readonly program: string;
  readonly target: AttachTarget;
}

/** How each kind is written, in the order of `--help`. */
const forms: Readonly<Record<AttachTarget["kind"], string>> = {
  tracepoint: "tracepoint:CATEGORY:NAME",
  raw_tracepoint: "raw_tracepoint:NAME",
  kprobe: "kprobe:FUNCTION[+OFFSET]",
  kretprobe: "kretprobe:FUNCTION",
  "kprobe.multi": "kprobe.multi:PATTERN",
  ksyscall: "ksyscall:NAME",
  kretsyscall: "kretsyscall:NAME",
  uprobe: "uprobe:PATH:FUNCTION[+OFFSET]",
  uretprobe: "uretprobe:PATH:FUNCTION",
  "uprobe.multi": "uprobe.multi:PATH:PATTERN",
  usdt: "usdt:PATH:PROVIDER:NAME",
  fentry: "fentry:FUNCTION",
  fexit: "fexit:FUNCTION",
  fmod_ret: "fmod_ret:FUNCTION",
  tp_btf: "tp_btf:NAME",
  lsm: "lsm:HOOK",
  xdp: "xdp:INTERFACE",
};
const known = Object.keys(forms);
const shortForms: Readonly<Record<string, string>> = { tp: "tracepoint", raw_tp: "raw_tracepoint" };

/** Reads `PROG=TARGET`; a target of unknown form is refused with the forms there are. */
export function parseAttach(text: string): AttachRequest {
  const equals = text.indexOf("=");
  if (equals < 1) throw argumentError(`--attach: expected PROG=TARGET, found "${text}"`, formsRemedy());
  const program = text.slice(0, equals);
  const written = text.slice(equals + 1);
  const colon = written.indexOf(":");
  const word = colon < 0 ? written : written.slice(0, colon);
  const kind = shortForms[word] ?? word;
  if (!isKind(kind)) throw unknownKind(program, word);
  const target = colon < 0 ? undefined : parsePlace(kind, written.slice(colon + 1));
  if (target === undefined) {
    throw argumentError(`--attach ${program}: expected ${forms[kind]}, found "${written}"`);
  }
  return { program, target };
}

/** undefined: something is missing, or too much. */
function parsePlace(kind: AttachTarget["kind"], text: string): AttachTarget | undefined {
  if (text === "") return undefined;
  switch (kind) {
    case "tracepoint": {
      const [category, name, ...more] = text.split(":");
      return category && name && more.length === 0 ? { kind, category, name } : undefined;
    }
    case "uprobe":
    case "uretprobe":
    case "uprobe.multi": {
      // Paths may have colons, functions have none.
      const colon = text.lastIndexOf(":");
      const [path, place] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
      return path && place ? { kind, path, place } : undefined;
    }
    case "usdt": {
      const match = /^(.+):([^:]+):([^:]+)$/.exec(text);
      return match === null
        ? undefined
        : { kind, path: match[1] ?? "", provider: match[2] ?? "", name: match[3] ?? "" };
    }
    case "xdp":
      return { kind, networkInterface: text };
    // `module:function` of the tracing kinds has a colon of its own.
    case "fentry":
    case "fexit":
    case "fmod_ret":
      return { kind, name: text };
    default:
      return text.includes(":") ? undefined : { kind, name: text };
  }
}

/** How a target is shown. */
export function targetText(target: AttachTarget): string {
  if (target.kind === "tracepoint") return `tracepoint:${target.category}:${target.name}`;
  if (target.kind === "xdp") return `xdp:${target.networkInterface}`;
  if (target.kind === "usdt") return `usdt:${target.path}:${target.provider}:${target.name}`;
  return "path" in target ? `${target.kind}:${target.path}:${target.place}` : `${target.kind}:${target.name}`;
}

/** Whether a target is in an executable, where `--pid` chooses the process. */
export function isInFile(target: AttachTarget): boolean {
  return "path" in target;
}

/** The kind of tracing, for a program that is loaded for its target. */
export function tracingKind({ kind }: AttachTarget): string | undefined {
  return tracingKinds.find((one) => one === kind);
}

function isKind(word: string): word is AttachTarget["kind"] {
  return Object.hasOwn(forms, word);
}

function unknownKind(program: string, word: string): TsbpfError {
  const near = suggest(word, known);
  return argumentError(
    `--attach ${program}: unknown target kind "${word}"`,
    near?.startsWith("did") === true ? near : formsRemedy(),
  );
}

function formsRemedy(): string {
  return `targets: ${Object.values(forms).join(", ")}`;
}

/** All forms, for `--help`. */
export const attachForms: readonly string[] = Object.values(forms);
