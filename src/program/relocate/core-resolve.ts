import { ErrorCode, TsbpfError } from "../../errors.ts";
import { resolve, type Btf } from "../../format/btf/index.ts";
import { nearest } from "../../suggestion.ts";
import type { CoreRelocation } from "../spec/index.ts";
import type { Candidate } from "./core-candidates.ts";
import { matchCoreSpec } from "./core-match.ts";
import {
  formatCoreSpec,
  formatField,
  isEnumBased,
  isTypeBased,
  parseCoreSpec,
  typeWords,
  type CoreSpec,
} from "./core-spec.ts";
import { coreValue, missingValue, type CoreValue } from "./core-value.ts";

/** What a relocation comes to on this kernel, whatever instruction it is for. */
export interface CoreResult {
  /** `struct task_struct.comm: field_byte_offset` */
  readonly subject: string;
  /** What the compiler computed from the object's own types. */
  readonly local: CoreValue;
  /** The kernel's value; undefined: nothing matched and the instruction is to be poisoned. */
  readonly target: CoreValue | undefined;
  /** Why a load or store must not be adapted to the kernel's width; undefined: it may, or need not. */
  readonly widthMismatch: string | undefined;
  /** Why nothing matched; set whenever no candidate did, also where the answer is 0. */
  readonly missing: string | undefined;
  /** Where the answer comes from, if not from vmlinux. */
  readonly module: string | undefined;
}

/** Resolves the CO-RE relocations of one object against one kernel. */
export class CoreResolver {
  private readonly btf: Btf;
  private readonly littleEndian: boolean;
  private readonly candidates: Map<number, Candidate[]>;
  private readonly known = new Map<string, CoreResult>();

  /** `candidates` of all roots, by {@link findAllCandidates}; the lists are narrowed down in the course. */
  constructor(btf: Btf, littleEndian: boolean, candidates: Map<number, Candidate[]>) {
    this.btf = btf;
    this.littleEndian = littleEndian;
    this.candidates = candidates;
  }

  /** The same question has one answer in all of the object, so it is computed once. */
  resolve(relocation: CoreRelocation): CoreResult {
    const key = `${relocation.kind} ${relocation.type} ${relocation.access}`;
    let result = this.known.get(key);
    if (result === undefined) {
      result = this.compute(relocation);
      this.known.set(key, result);
    }
    return result;
  }

  private compute(relocation: CoreRelocation): CoreResult {
    const { kind } = relocation;
    const spec = parseCoreSpec(this.btf, relocation);
    const local = coreValue(kind, spec, this.littleEndian);
    const subject = `${formatCoreSpec(spec)}: ${kind}`;
    const found = { subject, local, widthMismatch: undefined, missing: undefined, module: undefined };
    if (kind === "type_id_local") return { ...found, target: local };
    if (this.btf.name(spec.root) === "") {
      throw new TsbpfError(
        ErrorCode.RELOCATION,
        `CO-RE ${kind}: expected a named root type, found an anonymous ${this.btf.kind(spec.root)}`,
        { remedy: "give the type a name or a typedef" },
      );
    }
    // No entry: neither vmlinux nor a module has a type of this name and kind.
    const candidates = this.candidates.get(spec.root) ?? [];
    const matches = this.agreeing(relocation, spec, candidates);
    const first = matches[0];
    if (first === undefined) {
      const value = missingValue(kind);
      const target = value === undefined ? undefined : { value, certain: true, access: undefined };
      return { ...found, target, missing: noMatch(relocation, spec, candidates) };
    }
    // What did not match here is out for the rest of the object, or one struct's fields would be read with the
    // layouts of two namesakes (libbpf narrows the list in the same way).
    this.candidates.set(
      spec.root,
      matches.map(({ candidate }) => candidate),
    );
    return {
      ...found,
      target: first.value,
      widthMismatch: widthMismatch(spec, local, first.spec, first.value),
      module: first.candidate.module?.name,
    };
  }

  /** All candidates that match; they must come to the same value at the same place (RULES 39). */
  private agreeing(
    relocation: CoreRelocation,
    spec: CoreSpec,
    candidates: readonly Candidate[],
  ): { candidate: Candidate; spec: CoreSpec; value: CoreValue }[] {
    const matches: { candidate: Candidate; spec: CoreSpec; value: CoreValue }[] = [];
    for (const candidate of candidates) {
      const target = matchCoreSpec(relocation.kind, spec, candidate);
      if (target === undefined) continue;
      const value = coreValue(relocation.kind, target, this.littleEndian);
      const first = matches[0];
      if (
        first !== undefined &&
        (first.spec.bitOffset !== target.bitOffset || first.value.value !== value.value)
      ) {
        throw new TsbpfError(
          ErrorCode.RELOCATION,
          `CO-RE ${relocation.kind} of ${formatCoreSpec(spec)} is ambiguous: ` +
            `${describe(first.candidate)} says ${say(first)}, ${describe(candidate)} says ${say({ spec: target, value })}`,
        );
      }
      matches.push({ candidate, spec: target, value });
    }
    return matches;
  }
}

function say({ spec, value }: { spec: CoreSpec; value: CoreValue }): string {
  return `${value.value} at bit ${spec.bitOffset}`;
}

/** `struct task_struct [123] of vmlinux` */
function describe({ btf, id, module }: Candidate): string {
  return `${typeWords({ btf, root: id })} [${id}] of ${module?.name ?? "vmlinux"}`;
}

/** Loads and stores may change their width between pointers and between unsigned integers only (RULES 43). */
function widthMismatch(
  localSpec: CoreSpec,
  local: CoreValue,
  targetSpec: CoreSpec,
  target: CoreValue,
): string | undefined {
  // Sizes are those of elements: an array that grew is still read in the same pieces.
  const [here, there] = [local.access, target.access];
  if (here?.size === there?.size) return undefined;
  const left = localSpec.btf.type(here?.type ?? 0);
  const right = targetSpec.btf.type(there?.type ?? 0);
  if (left.kind === "ptr" && right.kind === "ptr") return undefined;
  const unsigned =
    left.kind === "int" && right.kind === "int" && left.encoding !== "signed" && right.encoding !== "signed";
  if (unsigned) return undefined;
  const [from, to] = [here, there].map((access) =>
    access === undefined ? "a bitfield" : `${access.size} bytes`,
  );
  return (
    `CO-RE field ${formatField(localSpec)}: ${from} in the object, ${to} in the kernel, ` +
    "and only pointers and unsigned integers may change their width"
  );
}

/** `CO-RE field task_struct.comm: no match among 2 candidates (struct task_struct in vmlinux)` */
function noMatch({ kind }: CoreRelocation, spec: CoreSpec, candidates: readonly Candidate[]): string {
  const what = isTypeBased(kind) ? "type" : isEnumBased(kind) ? "enumerator" : "field";
  const subject = what === "type" ? typeWords(spec) : formatField(spec);
  const only = candidates[0];
  if (only === undefined) {
    return `CO-RE ${what} ${subject}: the kernel has no ${typeWords(spec)}`;
  }
  const number = candidates.length === 1 ? "1 candidate" : `${candidates.length} candidates`;
  const places = [...new Set(candidates.map(({ module }) => module?.name ?? "vmlinux"))].join(", ");
  const near = what === "type" ? undefined : nearMember(spec, candidates);
  const hint = near === undefined ? "" : `; it has "${near}"`;
  return `CO-RE ${what} ${subject}: no match among ${number} (${typeWords({ btf: only.btf, root: only.id })} in ${places})${hint}`;
}

/** A member or enumerator of a candidate with a name like the one that is missing. */
function nearMember(spec: CoreSpec, candidates: readonly Candidate[]): string | undefined {
  const wanted = spec.accessors.find(({ name }) => name !== undefined)?.name;
  if (wanted === undefined) return undefined;
  const names: string[] = [];
  for (const { btf, id } of candidates) {
    const type = btf.type(resolve(btf, id));
    if ("members" in type) names.push(...type.members.map(({ name }) => name));
    if ("values" in type) names.push(...type.values.map(({ name }) => name));
  }
  // An exact namesake is there, but of another kind: no suggestion then.
  return names.includes(wanted) ? undefined : nearest(wanted, names);
}
