import { ErrorCode, TsbpfError, within } from "../../errors.ts";
import { hostIsLittleEndian, structs } from "../../format/abi/index.ts";
import { InstructionView } from "../../format/insn/index.ts";
import { MAP_POISON, type Poison, type PreparedProgram } from "../../program/relocate/index.ts";
import { sectionDefinitions } from "../../program/spec/index.ts";
import { nearest } from "../../suggestion.ts";
import { findAttachTarget } from "./attach-target.ts";
import { mapElementCall } from "./attr-map.ts";
import { programBindMapCall, type ProgramLoad } from "./attr-program.ts";
import { callBpf, kernelName } from "./bpf-call.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";
import { openById } from "./info.ts";
import type { LoadContext } from "./load-context.ts";
import type { MadeMap } from "./load-maps.ts";
import type { OwnedFd } from "./owned-fd.ts";
import { poisonMapReference } from "./poison-map.ts";
import { putProgram } from "./struct-ops.ts";
import { verify } from "./verify.ts";

/** A program that is in the kernel. */
export interface MadeProgram {
  readonly prepared: PreparedProgram;
  readonly owner: OwnedFd;
  /** The verifier's log, if one was asked for. */
  readonly log: string;
  /** The number of the attach type that it was loaded for; 0 where that says nothing. */
  readonly expectedAttachType: number;
}

/** Loads programs one after the other; those that may be refused give their error to `skip`. */
export async function loadPrograms(
  context: LoadContext,
  programs: readonly PreparedProgram[],
  maps: ReadonlyMap<string, MadeMap>,
  mayFail: (program: string) => boolean,
  skip: (program: string, error: TsbpfError) => void,
): Promise<Map<string, MadeProgram>> {
  const made = new Map<string, MadeProgram>();
  for (const prepared of programs) {
    const { name } = prepared.spec;
    try {
      made.set(name, await loadProgram(context, prepared, maps));
    } catch (error) {
      if (!(error instanceof TsbpfError)) throw error;
      error.within(`program "${name}"`);
      if (!mayFail(name)) throw error;
      skip(name, error);
    }
  }
  fillProgramArrays(context, maps, made);
  for (const [map, layout] of context.structOps) {
    if (!maps.has(map)) continue;
    for (const name of layout.programs.keys()) {
      const program = made.get(name);
      if (program !== undefined) putProgram(layout, name, program.owner.fd);
    }
  }
  return made;
}

async function loadProgram(
  context: LoadContext,
  prepared: PreparedProgram,
  maps: ReadonlyMap<string, MadeMap>,
): Promise<MadeProgram> {
  const { kernel, host, spec, btfFd, settings, scope } = context;
  const program = prepared.spec;
  if (program.type === "unspec") throw unknownSection(program.sectionName);
  const code = new InstructionView(prepared.code.slice(), hostIsLittleEndian);
  const poisoned = patchMaps(context, prepared, code, maps);
  const modules = openModules(context, prepared, code);
  const target = findAttachTarget(context, program);
  const load: ProgramLoad = {
    type: program.type,
    name: kernelName(program.name),
    code: code.bytes,
    license: spec.license,
    kernelVersion: spec.kernelVersion ?? host.kernelVersion(),
    flags: program.flags,
    expectedAttachType: target.expectedAttachType,
    btfFd: prepared.functions.length > 0 || prepared.lines.length > 0 ? btfFd : 0,
    functions: btfFd > 0 ? functionRecords(prepared) : undefined,
    lines: btfFd > 0 ? lineRecords(prepared) : undefined,
    attachBtfId: target.btfId,
    attachFd: target.fd,
    fds: modules.length > 1 ? Int32Array.from(modules) : undefined,
    tokenFd: context.tokenFd,
  };
  try {
    const { fd, log } = await verify(
      context,
      { ...prepared, poisoned: [...prepared.poisoned, ...poisoned] },
      load,
      settings.logLevel ?? 0,
    );
    const owner = scope.own(fd, `program "${program.name}"`);
    bindConstants(context, owner.fd, maps);
    return { prepared, owner, log, expectedAttachType: target.expectedAttachType };
  } finally {
    for (const fd of modules) if (fd > 0) kernel.close(fd);
    if (target.isOwn) kernel.close(target.fd);
  }
}

function unknownSection(section: string): TsbpfError {
  const [word = section] = section.split("/");
  const known = sectionDefinitions.map(({ pattern }) => pattern.replace(/[+/]$/, ""));
  const near = nearest(word, known);
  return new TsbpfError(
    ErrorCode.UNSUPPORTED,
    `section "${section}" does not say what type of program this is`,
    {
      remedy:
        near === undefined
          ? "see libbpf's section names"
          : near === word
            ? `write SEC("${word}")`
            : `did you mean SEC("${near}${section.slice(word.length)}")?`,
    },
  );
}

/** Puts the fds of maps into the code; a map that was not created leaves a number for the verifier to name. */
function patchMaps(
  { spec }: LoadContext,
  prepared: PreparedProgram,
  code: InstructionView,
  maps: ReadonlyMap<string, MadeMap>,
): Poison[] {
  const poisoned: Poison[] = [];
  for (const { instruction, map } of prepared.maps) {
    const made = maps.get(map);
    if (made !== undefined) {
      code.setImm(instruction, made.owner.fd);
      continue;
    }
    const imm = MAP_POISON + spec.maps.findIndex(({ name }) => name === map);
    poisonMapReference(code, instruction, imm);
    poisoned.push({ instruction, imm, reason: `map "${map}" is not created` });
  }
  return poisoned;
}

/** Opens the BTF of modules that the program refers to and numbers them: slot 0 stands for vmlinux (RULES 29). */
function openModules(context: LoadContext, prepared: PreparedProgram, code: InstructionView): number[] {
  const { kernel, host } = context;
  const fds = [0];
  const slots = new Map<number, number>();
  for (const { instruction, kind, module } of prepared.modules) {
    let slot = slots.get(module.id);
    if (slot === undefined) {
      const fd = openById(kernel, host, "BPF_BTF_GET_FD_BY_ID", module.id) ?? -Errno.ENOENT;
      if (fd < 0)
        throw explain(host, { call: "bpf(BPF_BTF_GET_FD_BY_ID)" }, -fd).within(`module ${module.name}`);
      slot = fds.push(fd) - 1;
      slots.set(module.id, slot);
    }
    if (kind === "kfunc") code.setOff(instruction, slot);
    else code.setImm(instruction + 1, fds[slot] ?? 0);
  }
  return fds;
}

/** struct bpf_func_info[]; undefined if there are none. */
function functionRecords(prepared: PreparedProgram): Uint8Array | undefined {
  const { functions } = prepared;
  if (functions.length === 0) return undefined;
  const words = functions.flatMap(({ instruction, type }) => [instruction, type]);
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** struct bpf_line_info[]; undefined if there are none. */
function lineRecords(prepared: PreparedProgram): Uint8Array | undefined {
  const { lines } = prepared;
  if (lines.length === 0) return undefined;
  const words = new Uint32Array((lines.length * structs.bpfLineInfo.size) / 4);
  for (const [index, line] of lines.entries()) {
    words.set([line.instruction, line.fileNameOffset, line.lineOffset, line.lineColumn], index * 4);
  }
  return new Uint8Array(words.buffer);
}

/** So that tools find the constants of a program (RULES 21). Linux 5.10; older kernels refuse, which is no harm. */
function bindConstants({ kernel }: LoadContext, program: number, maps: ReadonlyMap<string, MadeMap>): void {
  for (const { spec, owner } of maps.values()) {
    if (spec.origin === "rodata") callBpf(kernel, programBindMapCall(program, owner.fd));
  }
}

/** Tail call tables: their programs exist only now (RULES 17). */
function fillProgramArrays(
  { kernel, host }: LoadContext,
  maps: ReadonlyMap<string, MadeMap>,
  made: ReadonlyMap<string, MadeProgram>,
): void {
  for (const map of maps.values()) {
    if (map.spec.type !== "prog_array" || map.reused) continue;
    for (const { index, target } of map.spec.slots) {
      const program = made.get(target);
      // A program that was not loaded leaves its slot empty: the tail call then falls through.
      if (program === undefined) continue;
      const key = new Uint8Array(new Uint32Array([index]).buffer);
      const value = new Uint8Array(new Uint32Array([program.owner.fd]).buffer);
      const result = callBpf(kernel, mapElementCall("BPF_MAP_UPDATE_ELEM", map.owner.fd, key, value));
      if (result < 0) {
        const meanings = {
          [Errno.EINVAL]: [`"${target}" is not of the type of the program that calls it`],
        } as const;
        within(`map "${map.spec.name}"`, () => {
          throw explain(host, { call: "bpf(BPF_MAP_UPDATE_ELEM)", meanings }, -result).within(
            `slot ${index}`,
          );
        });
      }
    }
  }
}
