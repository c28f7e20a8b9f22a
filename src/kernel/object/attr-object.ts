import { structs } from "../../format/abi/index.ts";
import { bpfCall, cString, tokenFlag, type BpfCall } from "./bpf-call.ts";

export function pinCall(fd: number, path: string): BpfCall {
  return bpfCall("BPF_OBJ_PIN", structs.bpfAttrObj, { bpf_fd: fd }, { pathname: cString(path) });
}

/** `flags`: BPF_F_RDONLY, BPF_F_WRONLY. */
export function openPinCall(path: string, flags = 0): BpfCall {
  return bpfCall("BPF_OBJ_GET", structs.bpfAttrObj, { file_flags: flags }, { pathname: cString(path) });
}

/** The kernel fills `info` and writes how much of it it knows into the attr's `info_len`. */
export function infoCall(fd: number, info: Uint8Array): BpfCall {
  return bpfCall(
    "BPF_OBJ_GET_INFO_BY_FD",
    structs.bpfAttrObjGetInfo,
    { bpf_fd: fd, info_len: info.length },
    { info },
  );
}

/** The kernel writes the id that follows `id` into `next_id`. */
export function nextIdCall(
  command: "BPF_PROG_GET_NEXT_ID" | "BPF_MAP_GET_NEXT_ID" | "BPF_BTF_GET_NEXT_ID" | "BPF_LINK_GET_NEXT_ID",
  id: number,
): BpfCall {
  return bpfCall(command, structs.bpfAttrGetId, { start_id: id });
}

export function fdByIdCall(
  command:
    | "BPF_PROG_GET_FD_BY_ID"
    | "BPF_MAP_GET_FD_BY_ID"
    | "BPF_BTF_GET_FD_BY_ID"
    | "BPF_LINK_GET_FD_BY_ID",
  id: number,
): BpfCall {
  return bpfCall(command, structs.bpfAttrGetId, { start_id: id });
}

/** `token`: the fd of a BPF token (RULES 52). */
export function btfLoadCall(
  btf: Uint8Array,
  log?: { readonly level: number; readonly buffer: Uint8Array },
  token?: number,
): BpfCall {
  return bpfCall(
    "BPF_BTF_LOAD",
    structs.bpfAttrBtfLoad,
    {
      btf_size: btf.length,
      btf_log_level: log?.level,
      btf_log_size: log?.buffer.length,
      btf_flags: tokenFlag(token),
      btf_token_fd: token,
    },
    { btf, btf_log_buf: log?.buffer },
  );
}
