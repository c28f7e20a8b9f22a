import { argumentError, ErrorCode, TsbpfError, within } from "../../errors.ts";
import { InstructionView } from "../../format/insn/index.ts";
import { suggest } from "../../suggestion.ts";
import type { ObjectSpec, ProgramSpec } from "../spec/index.ts";
import { findContextArguments, nameContextTypes } from "./argument-context.ts";
import { BtfEditor } from "./btf-editor.ts";
import { findAllCandidates } from "./core-candidates.ts";
import { patchCore } from "./core-patch.ts";
import { CoreResolver } from "./core-resolve.ts";
import { exceptionCallbacks, findExceptionTags, type ExceptionTags } from "./exception-callback.ts";
import { isTyped, resolveExterns, type ResolvedExterns } from "./externs.ts";
import { linkProgram, type LinkedProgram } from "./link.ts";
import { instructionPlace } from "./place.ts";
import { applyReferences } from "./references.ts";
import { rewriteProbeReads } from "./rewrite.ts";
import { sanitise, sanitiseBtf } from "./sanitise-btf.ts";
import type { Machine, Poison, PreparedObject, PreparedProgram } from "./types.ts";

/** Which programs {@link prepareObject} is to prepare. */
export interface PrepareOptions {
  /** Names; by default all with autoload. What only others refer to is not resolved (RULES 35). */
  readonly programs?: Iterable<string>;
  /** Names of programs whose error goes into `skipped` instead of being thrown. */
  readonly optional?: ReadonlySet<string>;
}

/**
 * Makes programs ready for a kernel: links subprograms, resolves externs, applies CO-RE and all other
 * relocations, and writes the BTF as that kernel takes it. The spec stays as it is, nothing is loaded, and the
 * machine is only what it says of itself: another kernel's data gives the code for that kernel.
 * Throws RELOCATION errors with program, instruction and C line in their trail.
 */
export function prepareObject(
  spec: ObjectSpec,
  machine: Machine,
  options: PrepareOptions = {},
): PreparedObject {
  const skipped: { program: string; error: Error }[] = [];
  const attempt = <T>(program: ProgramSpec, body: () => T): T | undefined => {
    try {
      return body();
    } catch (error) {
      if (!(error instanceof TsbpfError) || options.optional?.has(program.name) !== true) throw error;
      skipped.push({ program: program.name, error });
      return undefined;
    }
  };
  // A kernel without declaration tags would not find the callback by them.
  const tags = machine.features.btfDeclTag ? findExceptionTags(spec) : new Map<string, string[]>();
  const linked = chosenPrograms(spec, options).flatMap((program) => {
    const one = attempt(program, () => linkWanted(spec, program, tags));
    return one === undefined ? [] : [one];
  });
  const externs = resolveExterns(spec, machine, usedExterns(linked));
  const core = coreResolver(spec, machine, linked);
  const programs = linked.flatMap((one) => {
    const prepared = attempt(one.spec, () =>
      within(`program "${one.spec.name}"`, () => prepareProgram(spec, machine, one, externs, core)),
    );
    return prepared === undefined ? [] : [prepared];
  });
  return { ...prepareBtf(spec, machine, programs), skipped, kconfig: externs.kconfig?.bytes };
}

/** The object's BTF for this kernel, and the programs with the functions' ids in it. */
function prepareBtf(
  spec: ObjectSpec,
  machine: Machine,
  programs: readonly PreparedProgram[],
): Pick<PreparedObject, "programs" | "btf"> {
  if (spec.btf === undefined || !machine.features.btf) return { programs, btf: undefined };
  // Before global functions were checked on their own (Linux 5.6) no parameter's type was looked at.
  const rewrites = machine.argumentContextTag === false && machine.features.btfFuncGlobal;
  const tagged = rewrites ? findContextArguments(spec.btf) : [];
  if (tagged.length === 0) return { programs, btf: sanitiseBtf(spec.btf, machine.features) };
  const editor = new BtfEditor(spec.btf);
  const renamed = programs.map((program) => ({
    ...program,
    functions: nameContextTypes(editor, tagged, program),
  }));
  return { programs: renamed, btf: sanitise(editor, machine.features) };
}

/**
 * Whether preparing or loading these programs needs the kernel's BTF: for CO-RE, for typed externs, or to attach.
 * If not, nobody needs to read its megabytes (RULES 17).
 */
export function needsKernelBtf(spec: ObjectSpec, options: Pick<PrepareOptions, "programs"> = {}): boolean {
  if (spec.maps.some(({ origin }) => origin === "struct_ops")) return true;
  const tags = findExceptionTags(spec);
  return chosenPrograms(spec, options).some((program) => {
    // freplace attaches to another BPF program, whose BTF is its own.
    if (program.type !== "ext" && program.definition?.attachBtf === true) return true;
    if (program.type === "tracing" || program.type === "lsm" || program.type === "struct_ops") return true;
    const linked = linkWanted(spec, program, tags);
    if (linked.coreRelocations.some(({ kind }) => kind !== "type_id_local")) return true;
    const used = usedExterns([linked]);
    return spec.externs.some((extern) => used.has(extern.name) && isTyped(extern));
  });
}

function chosenPrograms(spec: ObjectSpec, { programs }: Pick<PrepareOptions, "programs">): ProgramSpec[] {
  if (programs === undefined) return spec.programs.filter((program) => isAutoloaded(spec, program));
  const byName = new Map(spec.programs.map((program) => [program.name, program]));
  return [...new Set(programs)].map((name) => {
    const program = byName.get(name);
    if (program !== undefined) return program;
    throw argumentError(`expected a program of the object, found "${name}"`, suggest(name, byName.keys()));
  });
}

/**
 * A program that `struct_ops` variables refer to is wanted if one of those maps is created (RULES 4), whatever
 * its own section says.
 */
function isAutoloaded(spec: ObjectSpec, program: ProgramSpec): boolean {
  if (program.type !== "struct_ops") return program.autoload;
  const users = spec.maps.filter((map) =>
    map.structOps?.programs.some((member) => member.program === program.name),
  );
  return users.length === 0 ? program.autoload : users.some(({ autocreate }) => autocreate);
}

function linkWanted(spec: ObjectSpec, program: ProgramSpec, tags: ExceptionTags): LinkedProgram {
  return linkProgram(spec, program, exceptionCallbacks(spec, tags, program.name));
}

function usedExterns(linked: readonly LinkedProgram[]): Set<string> {
  const used = new Set<string>();
  for (const { references } of linked) {
    for (const reference of references) if (reference.kind === "extern") used.add(reference.extern);
  }
  return used;
}

/** One pass over the kernel's names for all root types of all programs. */
function coreResolver(
  spec: ObjectSpec,
  machine: Machine,
  linked: readonly LinkedProgram[],
): CoreResolver | undefined {
  if (spec.btf === undefined) return undefined;
  const roots = new Set<number>();
  for (const { coreRelocations } of linked) {
    for (const { kind, type } of coreRelocations) if (kind !== "type_id_local") roots.add(type);
  }
  return new CoreResolver(spec.btf, spec.littleEndian, findAllCandidates(spec.btf, roots, machine));
}

function prepareProgram(
  spec: ObjectSpec,
  machine: Machine,
  linked: LinkedProgram,
  externs: ResolvedExterns,
  core: CoreResolver | undefined,
): PreparedProgram {
  const poisoned: Poison[] = [];
  const explained: { instruction: number; text: string }[] = [];
  applyCore(spec, machine, linked, core, poisoned, explained);
  const references = applyReferences(spec, linked, externs.byName, machine.features);
  for (const instruction of rewriteProbeReads(linked.code, spec.littleEndian, machine.features)) {
    explained.push({ instruction, text: "bpf_probe_read_{kernel,user} -> bpf_probe_read: before Linux 5.5" });
  }
  // Without BTF in the kernel there is nothing that function and line info could refer to.
  const info = machine.features.btf && machine.features.btfFunc && spec.btf !== undefined;
  const bySlot = (a: { instruction: number }, b: { instruction: number }): number =>
    a.instruction - b.instruction;
  return {
    spec: linked.spec,
    code: linked.code,
    maps: references.maps,
    modules: references.modules,
    functions: info ? linked.functionInfo : [],
    lines: info ? linked.lines : [],
    layout: linked.functions.map(({ spec: { name }, instruction, length }) => ({
      name,
      instruction,
      length,
    })),
    poisoned: [...poisoned, ...references.poisoned].sort(bySlot),
    explained: [...explained, ...references.explained].sort(bySlot),
  };
}

function applyCore(
  spec: ObjectSpec,
  machine: Machine,
  linked: LinkedProgram,
  core: CoreResolver | undefined,
  poisoned: Poison[],
  explained: { instruction: number; text: string }[],
): void {
  const view = new InstructionView(linked.code, spec.littleEndian);
  for (const relocation of linked.coreRelocations) {
    const { instruction, kind } = relocation;
    within(instructionPlace(linked, instruction), () => {
      if (core === undefined)
        throw new TsbpfError(ErrorCode.RELOCATION, "expected .BTF for CO-RE, found none");
      // In this order: asking for the kernel's BTF reads it.
      if (kind !== "type_id_local" && machine.btf === undefined) throw noKernelBtf();
      const result = core.resolve(relocation);
      const poison = patchCore(view, instruction, result);
      if (poison !== undefined) poisoned.push(poison);
      const from = result.module === undefined ? "" : ` (module ${result.module})`;
      const to = poison === undefined ? `${result.target?.value}` : "poisoned";
      const why = poison?.reason ?? result.missing;
      explained.push({
        instruction,
        text: `${result.subject} ${result.local.value} -> ${to}${from}${why === undefined ? "" : `; ${why}`}`,
      });
    });
  }
}

function noKernelBtf(): TsbpfError {
  return new TsbpfError(ErrorCode.RELOCATION, "expected the kernel's BTF for CO-RE, found none", {
    remedy: "use a kernel with CONFIG_DEBUG_INFO_BTF, or give the BTF of this kernel",
  });
}
