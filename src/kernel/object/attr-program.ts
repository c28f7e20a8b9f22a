import { programTypes, structs, type ProgramType } from "../../format/abi/index.ts";
import { bpfCall, cString, tokenFlag, type BpfCall } from "./bpf-call.ts";

/** What BPF_PROG_LOAD takes; fds and ids of 0 mean "none". */
export interface ProgramLoad {
  readonly type: ProgramType;
  readonly name: string;
  readonly code: Uint8Array;
  readonly license: string;
  readonly kernelVersion: number;
  readonly flags: number;
  /** The number of an attach type; 0 is also the first of them. */
  readonly expectedAttachType: number;
  readonly btfFd: number;
  /** struct bpf_func_info[], struct bpf_line_info[]. */
  readonly functions: Uint8Array | undefined;
  readonly lines: Uint8Array | undefined;
  readonly attachBtfId: number;
  /** Of a module's BTF object, or of the program that is replaced (freplace): they share one field. */
  readonly attachFd: number;
  /** BTF fds for kernel function calls; slot 0 is vmlinux (RULES 29). */
  readonly fds: Int32Array | undefined;
  /** A BPF token (RULES 52). */
  readonly tokenFd?: number | undefined;
}

/** The verifier's log: where it goes and how much of it. */
export interface VerifierLog {
  /** 1 = on failure what led there, 2 = everything, 4 = statistics. */
  readonly level: number;
  readonly buffer: Uint8Array;
}

export function programLoadCall(program: ProgramLoad, log?: VerifierLog): BpfCall {
  const { functions, lines, fds } = program;
  return bpfCall(
    "BPF_PROG_LOAD",
    structs.bpfAttrProgLoad,
    {
      prog_type: programTypes.indexOf(program.type),
      insn_cnt: program.code.length / 8,
      log_level: log?.level,
      log_size: log?.buffer.length,
      kern_version: program.kernelVersion,
      prog_flags: program.flags | tokenFlag(program.tokenFd),
      prog_token_fd: program.tokenFd,
      prog_name: program.name,
      expected_attach_type: program.expectedAttachType,
      prog_btf_fd: program.btfFd,
      func_info_rec_size: functions === undefined ? 0 : structs.bpfFuncInfo.size,
      func_info_cnt: functions === undefined ? 0 : functions.length / structs.bpfFuncInfo.size,
      line_info_rec_size: lines === undefined ? 0 : structs.bpfLineInfo.size,
      line_info_cnt: lines === undefined ? 0 : lines.length / structs.bpfLineInfo.size,
      attach_btf_id: program.attachBtfId,
      attach_prog_fd: program.attachFd,
    },
    {
      insns: program.code,
      // License "" is a NUL: the kernel reads a string and refuses NULL.
      license: cString(program.license),
      log_buf: log?.buffer,
      func_info: functions,
      line_info: lines,
      fd_array: fds === undefined ? undefined : new Uint8Array(fds.buffer),
    },
  );
}

export function programBindMapCall(program: number, map: number): BpfCall {
  return bpfCall("BPF_PROG_BIND_MAP", structs.bpfAttrProgBindMap, { prog_fd: program, map_fd: map });
}
