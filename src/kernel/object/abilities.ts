import type { TsbpfError } from "../../errors.ts";
import {
  attachTypes,
  encodeStruct,
  fieldOffset,
  flags,
  perfTypeId,
  structs,
  type AttachType,
} from "../../format/abi/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { mapCreateCall } from "./attr-map.ts";
import { bpfCall, callBpf, cString, type BpfCall } from "./bpf-call.ts";
import { Errno } from "./errno.ts";
import { explain, type Situation } from "./explain.ts";
import { smallArray, smallProgram, tryProgram } from "./feature-probes.ts";
import { withMemlock } from "./memlock.ts";
import { programNeeds } from "./privilege-needs.ts";

/** PERF_COUNT_SW_BPF_OUTPUT (linux/perf_event.h). */
const BPF_OUTPUT = 10;

/** What this process can do on this machine now. */
export interface Ability {
  readonly name: string;
  /** Tries it and takes it back: the error that a user would get; undefined: it works. */
  readonly attempt: (kernel: Kernel, host: Host) => TsbpfError | undefined;
}

/** Without these nothing that tsbpf traces with works. */
export const basicAbilities: readonly Ability[] = [
  {
    name: "create a map",
    attempt: (kernel, host) => {
      const situation = { call: "bpf(BPF_MAP_CREATE)", needs: ["CAP_BPF"], locksMemory: true };
      const create = (): number => callBpf(kernel, mapCreateCall(smallArray()));
      return judge(kernel, host, situation, withMemlock(kernel, host, create));
    },
  },
  {
    name: "load a program",
    attempt: (kernel, host) => {
      const needs = programNeeds("tracepoint");
      const load = (): number => tryProgram(kernel, smallProgram("tracepoint"));
      const situation = { call: "bpf(BPF_PROG_LOAD)", needs, locksMemory: true };
      return judge(kernel, host, situation, withMemlock(kernel, host, load));
    },
  },
  {
    name: "open a perf event",
    attempt: (kernel, host) => {
      const { size } = structs.perfEventAttr;
      const type = perfTypeId.PERF_TYPE_SOFTWARE;
      const attr = encodeStruct(structs.perfEventAttr, { type, size, config: BPF_OUTPUT });
      const fd = kernel.perfEventOpen(attr, -1, host.onlineCpus()[0] ?? 0, -1, flags.PERF_FLAG_FD_CLOEXEC);
      return judge(kernel, host, { call: "perf_event_open", needs: ["CAP_PERFMON"] }, fd);
    },
  },
];

/** What some programs use, and not every kernel has. */
export const furtherAbilities: readonly Ability[] = [
  {
    name: "ring buffer",
    attempt: (kernel, host) => {
      const ring = { ...smallArray(), type: "ringbuf", keySize: 0, valueSize: 0 } as const;
      const fd = callBpf(kernel, mapCreateCall({ ...ring, maxEntries: host.pageSize }));
      const feature = { name: "ring buffers", since: "5.8" };
      return judge(kernel, host, { call: "bpf(BPF_MAP_CREATE)", needs: ["CAP_BPF"], feature }, fd);
    },
  },
  { name: "fentry, fexit", attempt: attemptFentry },
  { name: "kprobe.multi", attempt: attemptKprobeMulti },
  { name: "uprobe.multi", attempt: attemptUprobeMulti },
];

/**
 * Opens a uprobe without a file through perf, which cannot succeed: EACCES says that this process may open none. Since
 * the fix of CVE-2025-38466 (Linux 6.16, 6.15.7, 6.12.39, 6.6.99, 6.1.146, 5.15.189, 5.10.240) the kernel asks for
 * CAP_SYS_ADMIN there, of which CAP_PERFMON was a part before; uprobe.multi and tracefs take CAP_PERFMON still.
 * `type`: /sys/bus/event_source/devices/uprobe/type. undefined: another answer, as from a seccomp filter.
 */
export function mayOpenUprobes(kernel: Kernel, type: number): boolean | undefined {
  const attr = encodeStruct(structs.perfEventAttr, { type, size: structs.perfEventAttr.size });
  const result = kernel.perfEventOpen(attr, -1, 0, -1, flags.PERF_FLAG_FD_CLOEXEC);
  if (result >= 0) kernel.close(result);
  if (result === -Errno.EACCES) return false;
  return result === -Errno.EINVAL || result >= 0 ? true : undefined;
}

/** Closes what was made; what was refused is explained as it would be to a user. */
function judge(kernel: Kernel, host: Host, situation: Situation, result: number): TsbpfError | undefined {
  if (result < 0) return refusal(host, situation, result);
  kernel.close(result);
  return undefined;
}

/** A kernel whose attr ends before the fields that a feature brought says E2BIG (bpf_check_uarg_tail_zero). */
function refusal(host: Host, situation: Situation, result: number): TsbpfError {
  const isTooOld = situation.feature !== undefined && result === -Errno.E2BIG;
  return explain(host, situation, isTooOld ? Errno.EINVAL : -result);
}

/** Only BPF_PROG_TEST_RUN calls it (net/bpf/test_run.c): a program on it disturbs nobody. */
const quietFunction = "bpf_fentry_test1";

function attemptFentry(kernel: Kernel, host: Host): TsbpfError | undefined {
  const feature = { name: "programs at the entry and exit of kernel functions", since: "5.5" };
  const attachBtfId = host.kernelBtf()?.find(quietFunction, "func");
  if (attachBtfId === undefined) return explain(host, { call: "kernel BTF", feature }, Errno.EINVAL);
  const program = tryProgram(kernel, {
    ...smallProgram("tracing"),
    expectedAttachType: attachTypes.indexOf("trace_fentry"),
    attachBtfId,
  });
  const needs = programNeeds("tracing");
  if (program < 0) return refusal(host, { call: "bpf(BPF_PROG_LOAD)", needs, feature }, program);
  // Architectures without a trampoline load the program and refuse only this (arm64 before 6.0: ENOTSUPP).
  const call = bpfCall("BPF_RAW_TRACEPOINT_OPEN", structs.bpfAttrRawTracepoint, { prog_fd: program });
  return attachAndClose(kernel, host, program, call, { call: "bpf(BPF_RAW_TRACEPOINT_OPEN)", feature });
}

function attemptKprobeMulti(kernel: Kernel, host: Host): TsbpfError | undefined {
  const feature = { name: "one link for many kprobes", since: "5.18" };
  const program = loadMulti(kernel, "trace_kprobe_multi");
  if (program < 0) return refusedMulti(host, feature, program);
  const link = multiLinkCall(program, "trace_kprobe_multi", { "kprobe_multi.cnt": 1 });
  const offset = fieldOffset(structs.bpfAttrLinkCreate, "kprobe_multi.syms");
  const references = [
    { offset, buffer: new Uint8Array(8) },
    { offset: 0, buffer: cString(quietFunction), inside: 0 },
  ];
  const situation = { call: "bpf(BPF_LINK_CREATE)", needs: ["CAP_BPF", "CAP_PERFMON"], feature };
  return attachAndClose(kernel, host, program, { ...link, references }, situation);
}

/** A directory is no file to probe: EBADF comes from the code that looks at the path, so it is there. */
function attemptUprobeMulti(kernel: Kernel, host: Host): TsbpfError | undefined {
  const feature = { name: "one link for many uprobes", since: "6.6" };
  const program = loadMulti(kernel, "trace_uprobe_multi");
  if (program < 0) return refusedMulti(host, feature, program);
  const link = multiLinkCall(program, "trace_uprobe_multi", { "uprobe_multi.cnt": 1 });
  const at = (field: "uprobe_multi.path" | "uprobe_multi.offsets"): number =>
    fieldOffset(structs.bpfAttrLinkCreate, field);
  const references = [
    { offset: at("uprobe_multi.path"), buffer: cString("/") },
    { offset: at("uprobe_multi.offsets"), buffer: new Uint8Array(8).fill(1) },
  ];
  const result = callBpf(kernel, { ...link, references });
  kernel.close(program);
  if (result === -Errno.EBADF) return undefined;
  const situation = { call: "bpf(BPF_LINK_CREATE)", needs: ["CAP_BPF", "CAP_PERFMON"], feature };
  return judge(kernel, host, situation, result);
}

function loadMulti(kernel: Kernel, type: AttachType): number {
  return tryProgram(kernel, {
    ...smallProgram("kprobe"),
    expectedAttachType: attachTypes.indexOf(type),
  });
}

function refusedMulti(host: Host, feature: Situation["feature"], result: number): TsbpfError {
  return refusal(host, { call: "bpf(BPF_PROG_LOAD)", needs: programNeeds("kprobe"), feature }, result);
}

function multiLinkCall(
  program: number,
  type: AttachType,
  fields: { readonly "kprobe_multi.cnt"?: number; readonly "uprobe_multi.cnt"?: number },
): BpfCall {
  const attach_type = attachTypes.indexOf(type);
  return bpfCall("BPF_LINK_CREATE", structs.bpfAttrLinkCreate, { prog_fd: program, attach_type, ...fields });
}

function attachAndClose(
  kernel: Kernel,
  host: Host,
  program: number,
  call: BpfCall,
  situation: Situation,
): TsbpfError | undefined {
  const link = callBpf(kernel, call);
  kernel.close(program);
  return judge(kernel, host, situation, link);
}
