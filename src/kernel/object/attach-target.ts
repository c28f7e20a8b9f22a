import { argumentError, ErrorCode, FeatureError, TsbpfError } from "../../errors.ts";
import { attachTypes } from "../../format/abi/index.ts";
import type { Btf, BtfKind } from "../../format/btf/index.ts";
import type { ProgramSpec } from "../../program/spec/index.ts";
import { suggest } from "../../suggestion.ts";
import { openById, readProgramInfo } from "./info.ts";
import type { LoadContext } from "./load-context.ts";
import { readLoadedBtf } from "./loaded-btf.ts";

/** What BPF_PROG_LOAD must know of the place of attachment; ids and fds of 0 mean "none". */
export interface AttachTarget {
  readonly btfId: number;
  /** Of a module's BTF, opened for this load; or of the program that is replaced. */
  readonly fd: number;
  /** Whether `fd` is to be closed after the load. */
  readonly isOwn: boolean;
  readonly expectedAttachType: number;
}

/** How the kernel names what a kind of program attaches to (RULES 47). */
function kernelType(program: ProgramSpec, name: string): readonly [name: string, kind: BtfKind] {
  switch (program.expectedAttachType) {
    case "trace_raw_tp":
      return [`btf_trace_${name}`, "typedef"];
    case "lsm_mac":
    case "lsm_cgroup":
      return [`bpf_lsm_${name}`, "func"];
    case "trace_iter":
      return [`bpf_iter_${name}`, "func"];
    default:
      return [name, "func"];
  }
}

/** Resolves where a program will be attached, as far as that must be known when it is loaded. */
export function findAttachTarget(context: LoadContext, program: ProgramSpec): AttachTarget {
  const { expectedAttachType: type } = program;
  const expectedAttachType = type === undefined ? 0 : attachTypes.indexOf(type);
  if (program.definition?.attach === "usdt") return usdtTarget(context);
  if (program.type === "struct_ops") return structOpsTarget(context, program);
  if (program.type === "ext") return replacedTarget(context, program);
  const isNeeded = program.definition?.attachBtf === true || program.type === "lsm";
  if (!isNeeded || /^trace_f\w+_multi$/.test(type ?? "")) {
    return { btfId: 0, fd: 0, isOwn: false, expectedAttachType };
  }
  const target = program.target ?? "";
  if (target === "") {
    throw argumentError(
      `section "${program.sectionName}" names nothing to attach to`,
      `write ${program.sectionName}/NAME: this kind of program is loaded for one place`,
    );
  }
  return { ...kernelTarget(context, program, target), expectedAttachType };
}

/** Points have many places: where one link can hold all of them the program is loaded for that (RULES 61). */
function usdtTarget({ features }: LoadContext): AttachTarget {
  const type = features.has("uprobeMulti") ? attachTypes.indexOf("trace_uprobe_multi") : 0;
  return { btfId: 0, fd: 0, isOwn: false, expectedAttachType: type };
}

/** The function or tracepoint in the types of vmlinux, then in those of the modules (RULES 47). */
function kernelTarget(context: LoadContext, program: ProgramSpec, target: string) {
  const colon = target.indexOf(":");
  const module = colon < 0 ? undefined : target.slice(0, colon);
  const [name, kind] = kernelType(program, target.slice(colon + 1));
  const { btf } = context.machine;
  if (btf === undefined)
    throw new FeatureError("BTF of its own (CONFIG_DEBUG_INFO_BTF)", "5.2", context.host.release);
  if (module === undefined || module === "vmlinux") {
    const btfId = btf.find(name, kind);
    if (btfId !== undefined) return { btfId, fd: 0, isOwn: false };
  }
  for (const candidate of context.machine.modules()) {
    if (module !== undefined && candidate.name !== module) continue;
    const btfId = candidate.btf.find(name, kind);
    if (btfId === undefined || btfId < candidate.btf.firstId) continue;
    const fd = openById(context.kernel, context.host, "BPF_BTF_GET_FD_BY_ID", candidate.id);
    if (fd !== undefined) return { btfId, fd, isOwn: true };
  }
  throw notThere(btf, name, kind, target);
}

function notThere(btf: Btf, name: string, kind: BtfKind, target: string): TsbpfError {
  const prefix = name.endsWith(target) ? name.slice(0, name.length - target.length) : "";
  // 60,000 functions: only what begins alike is looked at.
  const near: string[] = [];
  for (let id = btf.firstId; id < btf.endId; id++) {
    if (btf.kind(id) !== kind) continue;
    const candidate = btf.name(id);
    if (candidate.startsWith(prefix + target.slice(0, 4))) near.push(candidate.slice(prefix.length));
  }
  return new TsbpfError(ErrorCode.RELOCATION, `this kernel has no ${kind} "${name}" to attach to`, {
    remedy: near.length === 0 ? undefined : suggest(target, near),
  });
}

/** A program of a struct_ops is loaded against the struct, with the member's index as attach type (RULES 4). */
function structOpsTarget({ structOps }: LoadContext, program: ProgramSpec): AttachTarget {
  let target: AttachTarget | undefined;
  for (const layout of structOps.values()) {
    const place = layout.programs.get(program.name);
    if (place === undefined) continue;
    const found = { btfId: layout.structType, fd: 0, isOwn: false, expectedAttachType: place.member };
    if (
      target !== undefined &&
      (target.btfId !== found.btfId || target.expectedAttachType !== place.member)
    ) {
      throw argumentError(
        "two struct_ops variables have it in different members",
        "give each its own program",
      );
    }
    target = found;
  }
  if (target !== undefined) return target;
  throw argumentError(
    "no struct_ops variable that is created refers to this program",
    'name it in a variable in SEC(".struct_ops"), or load without it',
  );
}

/** freplace: the function in the types of the program that is replaced. */
function replacedTarget(context: LoadContext, program: ProgramSpec): AttachTarget {
  const wanted = context.settings.replaces?.[program.name];
  if (wanted === undefined) {
    throw argumentError(
      "a freplace program is loaded for one function of another program",
      `load({ replaces: { ${program.name}: { program, function: "${program.target ?? "NAME"}" } } })`,
    );
  }
  const { kernel, host } = context;
  const { btfId } = readProgramInfo(kernel, host, wanted.program.fd);
  const btf = readLoadedBtf(kernel, host, btfId);
  const id = btf?.find(wanted.function, "func");
  if (btf === undefined || id === undefined) {
    throw argumentError(`the program to replace has no function "${wanted.function}" in its BTF`);
  }
  return { btfId: id, fd: wanted.program.fd, isOwn: false, expectedAttachType: 0 };
}
