import { ErrorCode, TsbpfError, within } from "../../errors.ts";
import { insnOpcode as op } from "../../format/abi/index.ts";
import { InstructionView } from "../../format/insn/index.ts";
import type { MapSpec, ObjectSpec } from "../spec/index.ts";
import type { ResolvedExtern } from "./externs.ts";
import type { LinkedProgram, LinkedReference } from "./link.ts";
import { instructionPlace } from "./place.ts";
import { KFUNC_POISON, MAP_POISON, poisonInstruction } from "./poison.ts";
import type { MachineFeatures, ModuleBtf, ModuleReference, Poison, PreparedProgram } from "./types.ts";

/** Indices of `fd_array` are written into 16 signed bits, and 0 stands for vmlinux (RULES 29). */
const MOST_MODULES = 0x7fff;

/** What {@link applyReferences} did. */
export interface AppliedReferences {
  readonly maps: PreparedProgram["maps"];
  readonly modules: readonly ModuleReference[];
  readonly poisoned: readonly Poison[];
  readonly explained: PreparedProgram["explained"];
}

/**
 * Resolves references to maps, data and externs in `code`, the linked program's copy of it (RULES 29, 32, 34).
 * Places that need an fd get everything but the fd.
 */
export function applyReferences(
  spec: ObjectSpec,
  linked: LinkedProgram,
  externs: ReadonlyMap<string, ResolvedExtern>,
  features: Pick<MachineFeatures, "globalData">,
): AppliedReferences {
  const applier = new Applier(spec, linked, externs, features);
  for (const reference of linked.references) {
    within(instructionPlace(linked, reference.instruction), () => applier.apply(reference));
  }
  return applier;
}

class Applier implements AppliedReferences {
  readonly maps: { instruction: number; map: string }[] = [];
  readonly modules: ModuleReference[] = [];
  readonly poisoned: Poison[] = [];
  readonly explained: { instruction: number; text: string }[] = [];
  private readonly spec: ObjectSpec;
  private readonly externs: ReadonlyMap<string, ResolvedExtern>;
  private readonly features: Pick<MachineFeatures, "globalData">;
  private readonly view: InstructionView;
  /** Index in `fd_array` of each module whose functions are called. */
  private readonly moduleIndices = new Map<ModuleBtf, number>();

  constructor(
    spec: ObjectSpec,
    linked: LinkedProgram,
    externs: ReadonlyMap<string, ResolvedExtern>,
    features: Pick<MachineFeatures, "globalData">,
  ) {
    this.spec = spec;
    this.externs = externs;
    this.features = features;
    this.view = new InstructionView(linked.code, spec.littleEndian);
  }

  apply(reference: LinkedReference): void {
    const { instruction } = reference;
    if (reference.kind === "extern") {
      this.extern(instruction, reference.extern);
      return;
    }
    const offset = reference.kind === "data" ? reference.offset : undefined;
    this.map(instruction, reference.map, offset);
    const place = offset === undefined ? "" : `+${offset}`;
    this.explain(instruction, `map "${reference.map}"${place}`);
  }

  /** An ldimm64 of a map, or of an address `offset` bytes into its only value. */
  private map(slot: number, name: string, offset: number | undefined): void {
    this.requireWideLoad(slot, `map "${name}"`);
    // The index is what the poison's number names (RULES 34).
    const index = this.spec.maps.findIndex((map) => map.name === name);
    const map = this.spec.maps[index];
    if (map === undefined) throw relocationError(`expected a map "${name}", which the object does not have`);
    const absent = this.absence(map);
    if (absent !== undefined) {
      poisonInstruction(this.view, slot, MAP_POISON + index);
      poisonInstruction(this.view, slot + 1, MAP_POISON + index);
      this.poisoned.push({ instruction: slot, imm: MAP_POISON + index, reason: absent });
      return;
    }
    this.view.setSrc(slot, offset === undefined ? op.BPF_PSEUDO_MAP_FD : op.BPF_PSEUDO_MAP_VALUE);
    this.view.setImm(slot, 0);
    this.view.setImm(slot + 1, offset ?? 0);
    this.maps.push({ instruction: slot, map: name });
  }

  /** Why a map will not be there; undefined if it will. */
  private absence(map: MapSpec): string | undefined {
    if (!map.autocreate) return `map "${map.name}" is not created`;
    const isData = map.contents !== undefined || map.origin === "kconfig";
    if (this.features.globalData || !isData || map.origin === "struct_ops" || map.origin === "arena") {
      return undefined;
    }
    return `map "${map.name}": the kernel has no global data (Linux 5.2 and later)`;
  }

  private extern(slot: number, name: string): void {
    const index = this.spec.externs.findIndex((extern) => extern.name === name);
    const resolved = this.externs.get(name);
    if (resolved === undefined || index < 0)
      throw relocationError(`expected an extern "${name}", found none`);
    if (resolved.kind === "fault") {
      // A copy: the trail of each program is its own.
      const { code, detail, remedy, cause } = resolved.error;
      throw new TsbpfError(code, detail, { remedy, cause });
    }
    if (this.view.opcode(slot) === (op.BPF_JMP | op.BPF_CALL)) this.call(slot, name, index, resolved);
    else this.address(slot, name, resolved);
  }

  /** A call of a kernel function. */
  private call(slot: number, name: string, index: number, resolved: ResolvedExtern): void {
    if (resolved.kind === "missing") {
      const imm = KFUNC_POISON + index;
      poisonInstruction(this.view, slot, imm);
      this.poisoned.push({ instruction: slot, imm, reason: resolved.reason });
      this.explain(slot, `${resolved.reason}: call poisoned`);
      return;
    }
    if (resolved.kind !== "btf") {
      throw relocationError(`expected extern "${name}" to be a kernel function, found kind ${resolved.kind}`);
    }
    const { id, module } = resolved;
    this.view.setSrc(slot, op.BPF_PSEUDO_KFUNC_CALL);
    this.view.setImm(slot, id);
    this.view.setOff(slot, module === undefined ? 0 : this.moduleIndex(module));
    if (module !== undefined) this.modules.push({ instruction: slot, kind: "kfunc", module });
    this.explain(slot, `kernel function ${name} -> ${module?.name ?? "vmlinux"} [${id}]`);
  }

  /** The address of a kernel variable or function, or a kconfig value's place. */
  private address(slot: number, name: string, resolved: ResolvedExtern): void {
    this.requireWideLoad(slot, `extern "${name}"`);
    if (resolved.kind === "kconfig") {
      const map = this.spec.maps.find(({ origin }) => origin === "kconfig");
      if (map === undefined) throw relocationError("expected a .kconfig map, which the object does not have");
      this.map(slot, map.name, resolved.offset);
      this.explain(slot, `extern ${name} = ${resolved.text}`);
    } else if (resolved.kind === "btf") {
      const { id, module } = resolved;
      this.view.setSrc(slot, op.BPF_PSEUDO_BTF_ID);
      this.view.setImm(slot, id);
      this.view.setImm(slot + 1, 0);
      if (module !== undefined) this.modules.push({ instruction: slot, kind: "ksym", module });
      this.explain(slot, `extern ${name} -> ${module?.name ?? "vmlinux"} [${id}]`);
    } else {
      // Weak and not there: its address is 0, which is what the program tests.
      const value = resolved.kind === "address" ? resolved.address : 0n;
      this.view.setImm64(slot, value);
      this.explain(slot, `extern ${name} -> 0x${value.toString(16)}`);
    }
  }

  /** Counted per program: each is loaded with an `fd_array` of its own. */
  private moduleIndex(module: ModuleBtf): number {
    let index = this.moduleIndices.get(module);
    if (index === undefined) {
      index = this.moduleIndices.size + 1;
      if (index > MOST_MODULES) throw relocationError(`expected calls into at most ${MOST_MODULES} modules`);
      this.moduleIndices.set(module, index);
    }
    return index;
  }

  /** What a damaged object may refer from: anything. A reference needs both slots. */
  private requireWideLoad(slot: number, what: string): void {
    if (this.view.isWide(slot)) return;
    const opcode = this.view.opcode(slot).toString(16).padStart(2, "0");
    throw relocationError(`expected an ldimm64 that refers to ${what}, found opcode 0x${opcode}`);
  }

  private explain(instruction: number, text: string): void {
    this.explained.push({ instruction, text });
  }
}

function relocationError(detail: string): TsbpfError {
  return new TsbpfError(ErrorCode.RELOCATION, detail);
}
