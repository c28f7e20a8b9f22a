import { argumentError } from "../../errors.ts";
import type { Link, LoadedObject, Program } from "../../kernel/index.ts";
import type { ObjectSpec, ProgramSpec } from "../../program/spec/index.ts";
import { isInFile, targetText, tracingKind, type AttachRequest, type AttachTarget } from "./attach-target.ts";

/**
 * The object with the targets of its tracing programs as `--attach` names them: the kernel wants to know those when it
 * loads the program.
 */
export function withTargets(spec: ObjectSpec, requests: readonly AttachRequest[]): ObjectSpec {
  const targets = new Map(
    requests.flatMap(({ program, target }) => (tracingKind(target) === undefined ? [] : [[program, target]])),
  );
  if (targets.size === 0) return spec;
  return {
    ...spec,
    programs: spec.programs.map((program) => withTarget(program, targets.get(program.name))),
  };
}

function withTarget(program: ProgramSpec, target: AttachTarget | undefined): ProgramSpec {
  if (target === undefined || !("name" in target)) return program;
  const section = program.definition?.pattern.replace(/\+$/, "") ?? "";
  // `fentry.s` is a sleepable fentry.
  if (section.replace(/\.s$/, "") !== target.kind) {
    throw argumentError(
      `--attach ${program.name}: expected a target for SEC("${program.sectionName}"), found "${targetText(target)}"`,
      `a program for ${target.kind} has SEC("${target.kind}")`,
    );
  }
  return { ...program, target: target.name, sectionName: `${section}/${target.name}` };
}

/** Attaches what `--attach` names, then the rest to what their sections say. */
export function attachAll(
  spec: ObjectSpec,
  object: LoadedObject,
  { attach, pid }: { readonly attach: readonly AttachRequest[]; readonly pid: number | undefined },
): readonly Link[] {
  if (pid !== undefined) requireFileProbe(spec, attach);
  for (const { program, target } of attach) attachTo(object.requireProgram(program), target, pid);
  // What is attached already stays as it is: the explicit target wins over the section's.
  object.attach(pid === undefined ? {} : { pid });
  const { links } = object;
  if (links.length === 0) throw noPlace(spec);
  return links;
}

/** Programs that are loaded and attached nowhere, each with what says where: their sections name no place. */
export function unattached(spec: ObjectSpec, links: readonly Link[]): string[] {
  const attached = new Set(links.map((link) => link.program));
  return spec.programs
    .filter(({ name, autoload, definition }) => {
      const kind = definition?.attach ?? "none";
      return autoload && !attached.has(name) && kind !== "none" && kind !== "struct_ops";
    })
    .map((program) => `${program.name} is attached nowhere: --attach ${program.name}=${formFor(program)}`);
}

function attachTo(program: Program, target: AttachTarget, pid: number | undefined): Link {
  switch (target.kind) {
    case "tracepoint":
      return program.attachTracepoint(target.category, target.name);
    case "raw_tracepoint":
      return program.attachRawTracepoint(target.name);
    case "kprobe":
    case "kretprobe":
      return program.attachKprobe(target.name, { retprobe: target.kind === "kretprobe" });
    case "kprobe.multi":
      return program.attachKprobeMulti(target.name);
    case "ksyscall":
    case "kretsyscall":
      return program.attachKsyscall(target.name, { retprobe: target.kind === "kretsyscall" });
    case "uprobe":
    case "uretprobe":
      return program.attachUprobe(target.path, target.place, { pid, retprobe: target.kind === "uretprobe" });
    case "uprobe.multi":
      return program.attachUprobeMulti(target.path, target.place, { pid });
    case "usdt":
      return program.attachUsdt(target.path, target.provider, target.name, { pid });
    case "xdp":
      return program.attachXdp(interfaceOf(target.networkInterface));
    default:
      return program.attachTrace();
  }
}

/** A number is an index: the kernel allows no interface to be called so. */
function interfaceOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** `--pid` that chooses nothing would look as if it did. */
function requireFileProbe(spec: ObjectSpec, attach: readonly AttachRequest[]): void {
  const explicit = new Map(attach.map(({ program, target }) => [program, target]));
  const chooses = spec.programs.some(({ name, definition, target }) => {
    const chosen = explicit.get(name);
    if (chosen !== undefined) return isInFile(chosen);
    return /^(u(ret)?probe|usdt)/.test(definition?.attach ?? "") && target !== undefined;
  });
  if (chooses) return;
  throw argumentError(
    "--pid: expected a uprobe or USDT point, found no program that is attached to one",
    "other programs see all processes: let them compare bpf_get_current_pid_tgid() >> 32 with a variable, and --set it",
  );
}

/** The object has no program, or none of them says where. */
function noPlace(spec: ObjectSpec): Error {
  const [first] = spec.programs;
  if (first === undefined) {
    return argumentError(
      "expected a program to attach, found none in the object",
      'a program is a function with a section: SEC("tracepoint/CATEGORY/NAME")',
    );
  }
  const names = spec.programs.map(({ name }) => name).join(", ");
  return argumentError(
    `expected a place to attach ${names} to, found none in SEC()`,
    `say where with --attach ${first.name}=${formFor(first)}`,
  );
}

/** What fits the section of a program. */
function formFor({ definition, type }: ProgramSpec): string {
  const attach = definition?.attach ?? "";
  if (attach === "uprobe_multi") return "uprobe.multi:PATH:PATTERN";
  if (attach === "kprobe_multi") return "kprobe.multi:PATTERN";
  if (/^u(ret)?probe/.test(attach)) return `${attach}:PATH:FUNCTION`;
  if (/^k(ret)?probe/.test(attach)) return `${attach}:FUNCTION`;
  if (attach === "ksyscall") return "ksyscall:NAME";
  if (attach === "usdt") return "usdt:PATH:PROVIDER:NAME";
  if (type === "xdp") return "xdp:INTERFACE";
  if (type.startsWith("raw_tracepoint")) return "raw_tracepoint:NAME";
  return "tracepoint:CATEGORY:NAME";
}
