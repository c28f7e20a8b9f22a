import { ErrorCode, TsbpfError } from "../../errors.ts";
import { insnOpcode } from "../../format/abi/index.ts";
import { InstructionView, isWideLoad } from "../../format/insn/index.ts";
import type {
  CodeRelocation,
  CoreRelocation,
  FunctionSpec,
  LineInfo,
  ObjectSpec,
  ProgramSpec,
} from "../spec/index.ts";

/** One function inside a linked program. */
export interface LinkedFunction {
  readonly spec: FunctionSpec;
  /** Slot of its first instruction in the linked program. */
  readonly instruction: number;
  /** Slots. */
  readonly length: number;
}

/** A reference that linking leaves to others: everything but calls and addresses of subprograms. */
export type LinkedReference = Exclude<CodeRelocation, { readonly kind: "call" | "function" }>;

/** A program with copies of its subprograms behind it; every slot number counts from the program's start. */
export interface LinkedProgram {
  readonly spec: ProgramSpec;
  /** In its own buffer, in the object's byte order. */
  readonly code: Uint8Array;
  /** In the order of their code; the entry function comes first. */
  readonly functions: readonly LinkedFunction[];
  readonly references: readonly LinkedReference[];
  readonly coreRelocations: readonly CoreRelocation[];
  /** Slot and BTF id of each function; empty if the entry function has none (RULES 33). */
  readonly functionInfo: readonly { readonly instruction: number; readonly type: number }[];
  /** Empty unless every function has lines (RULES 33). */
  readonly lines: readonly LineInfo[];
}

/**
 * Most slots of one program: BPF_COMPLEXITY_LIMIT_INSNS of the verifier, which refuses more with E2BIG.
 * Here it bounds what a damaged object can make us copy.
 */
const MOST_SLOTS = 1_000_000;

/**
 * Copies the entry function and everything it reaches into one piece of code. Each program has its own copy
 * of each subprogram, appended when the first call of it is met, depth first (RULES 31): the order decides the
 * program's tag, so it is libbpf's. Recursion of subprograms is the verifier's to refuse; here it just ends.
 * `also` are functions to append though nothing calls them (exception callbacks).
 */
export function linkProgram(
  spec: ObjectSpec,
  program: ProgramSpec,
  also: readonly FunctionSpec[] = [],
): LinkedProgram {
  return new Linker(spec, program).link(also);
}

/** A function that is being walked through: calls in it are resolved as they are met. */
interface Walk {
  readonly function: LinkedFunction;
  readonly targets: ReadonlyMap<number, CodeRelocation>;
  next: number;
}

class Linker {
  private readonly object: ObjectSpec;
  private readonly program: ProgramSpec;
  private readonly functions: LinkedFunction[] = [];
  private readonly placed = new Map<FunctionSpec, LinkedFunction>();
  /** Calls and addresses: slot of the linked program → where it must point. */
  private readonly targets: { readonly slot: number; readonly function: LinkedFunction }[] = [];
  private length = 0;
  private byOffset: ReadonlyMap<number, FunctionSpec> | undefined;

  constructor(object: ObjectSpec, program: ProgramSpec) {
    this.object = object;
    this.program = program;
  }

  link(also: readonly FunctionSpec[]): LinkedProgram {
    for (const root of [this.program, ...also]) {
      if (!this.placed.has(root)) this.walk(root);
    }
    const code = new Uint8Array(this.length * 8);
    for (const { spec, instruction } of this.functions) code.set(spec.code, instruction * 8);
    const view = new InstructionView(code, this.object.littleEndian);
    for (const { slot, function: target } of this.targets) {
      if (isWideLoad(view.opcode(slot))) view.setSrc(slot, insnOpcode.BPF_PSEUDO_FUNC);
      view.setImm(slot, target.instruction - slot - 1);
    }
    return {
      spec: this.program,
      code,
      functions: this.functions,
      references: this.functions.flatMap(rebasedReferences),
      coreRelocations: this.functions.flatMap(({ spec, instruction }) =>
        spec.coreRelocations.map((record) => ({
          ...record,
          instruction: record.instruction + instruction,
        })),
      ),
      functionInfo: this.functionInfo(),
      lines: this.lines(),
    };
  }

  /** An explicit stack: a damaged object may chain more functions than the JavaScript stack holds. */
  private walk(root: FunctionSpec): void {
    const stack = [this.place(root)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const called = this.advance(top);
      if (called === undefined) stack.pop();
      else stack.push(called);
    }
  }

  /** Goes on to the first call of a function that has no place yet; undefined at the end of the function. */
  private advance(walk: Walk): Walk | undefined {
    const { function: current, targets } = walk;
    const view = new InstructionView(current.spec.code, this.object.littleEndian);
    while (walk.next < current.length) {
      const slot = walk.next;
      walk.next += view.slots(slot);
      const target = this.target(current, view, slot, targets.get(slot));
      if (target === undefined) continue;
      const known = this.placed.get(target);
      const opened = known === undefined ? this.place(target) : undefined;
      const place = known ?? opened?.function;
      if (place !== undefined) this.targets.push({ slot: current.instruction + slot, function: place });
      if (opened !== undefined) return opened;
    }
    return undefined;
  }

  /** The function that the instruction calls or takes the address of; undefined for any other instruction. */
  private target(
    current: LinkedFunction,
    view: InstructionView,
    slot: number,
    relocation: CodeRelocation | undefined,
  ): FunctionSpec | undefined {
    if (relocation?.kind === "call" || relocation?.kind === "function") {
      const wanted = relocation.kind === "call" ? insnOpcode.BPF_JMP | insnOpcode.BPF_CALL : undefined;
      const fits = wanted === undefined ? view.isWide(slot) : view.opcode(slot) === wanted;
      if (fits) return this.subprogram(current, slot, relocation.target);
      throw this.fault(current, slot, `expected a ${relocation.kind} reference on a call or an ldimm64`);
    }
    if (relocation !== undefined || !isSubprogramCall(view, slot)) return undefined;
    // A call between static functions of one section has no relocation: its imm already counts (RULES 30).
    const target = current.spec.offset + slot + view.imm(slot) + 1;
    if (current.spec.section === ".text") return this.subprogram(current, slot, target);
    throw this.fault(
      current,
      slot,
      `expected a call of a function in .text, found one of slot ${target} of ${current.spec.section}`,
    );
  }

  private subprogram(current: LinkedFunction, slot: number, target: number): FunctionSpec {
    this.byOffset ??= new Map(
      this.object.subprograms.toReversed().map((subprogram) => [subprogram.offset, subprogram]),
    );
    const found = this.byOffset.get(target);
    if (found !== undefined) return found;
    const inside = this.object.subprograms.find(
      ({ offset, code }) => offset < target && target < offset + code.length / 8,
    );
    const where = inside === undefined ? "outside of every function" : `inside "${inside.name}"`;
    throw this.fault(current, slot, `expected a function at slot ${target} of .text, which is ${where}`);
  }

  private place(spec: FunctionSpec): Walk {
    const length = spec.code.length >>> 3;
    const placed = { spec, instruction: this.length, length };
    this.length += length;
    if (this.length > MOST_SLOTS) {
      throw new TsbpfError(
        ErrorCode.RELOCATION,
        `expected at most ${MOST_SLOTS} instructions with all subprograms, found ${this.length}`,
        { trail: [`program "${this.program.name}"`] },
      );
    }
    this.functions.push(placed);
    this.placed.set(spec, placed);
    const targets = new Map(spec.relocations.map((relocation) => [relocation.instruction, relocation]));
    return { function: placed, targets, next: 0 };
  }

  private functionInfo(): { instruction: number; type: number }[] {
    if (this.program.btfId === undefined) return [];
    return this.functions.map(({ spec, instruction }) => {
      if (spec.btfId !== undefined) return { instruction, type: spec.btfId };
      // The kernel wants one record for each subprogram or none at all (check_btf_func).
      throw new TsbpfError(
        ErrorCode.RELOCATION,
        `expected .BTF.ext function info for subprogram "${spec.name}", as the program itself has it`,
        {
          trail: [`program "${this.program.name}"`],
          remedy: "compile all of the object with -g, or none of it",
        },
      );
    });
  }

  private lines(): LineInfo[] {
    // The kernel wants a line at the start of each subprogram or no lines at all (check_btf_line); libbpf
    // refuses the object then, but lines only serve messages.
    if (this.functions.some(({ spec, length }) => spec.lines.length === 0 && length > 0)) return [];
    return this.functions.flatMap(({ spec, instruction }) =>
      spec.lines.map((line) => ({ ...line, instruction: line.instruction + instruction })),
    );
  }

  private fault(current: LinkedFunction, slot: number, detail: string): TsbpfError {
    const inside = current.spec === this.program ? [] : [`subprogram "${current.spec.name}"`];
    return new TsbpfError(ErrorCode.RELOCATION, detail, {
      trail: [`program "${this.program.name}"`, ...inside, `instruction ${slot}`],
    });
  }
}

function rebasedReferences({ spec, instruction }: LinkedFunction): LinkedReference[] {
  const references: LinkedReference[] = [];
  for (const relocation of spec.relocations) {
    if (relocation.kind === "call" || relocation.kind === "function") continue;
    references.push({ ...relocation, instruction: relocation.instruction + instruction });
  }
  return references;
}

/** `call pc+N` as compilers write it (insn_is_subprog_call of libbpf). */
function isSubprogramCall(view: InstructionView, slot: number): boolean {
  return (
    view.opcode(slot) === (insnOpcode.BPF_JMP | insnOpcode.BPF_CALL) &&
    view.src(slot) === insnOpcode.BPF_PSEUDO_CALL &&
    view.dst(slot) === 0 &&
    view.off(slot) === 0
  );
}
