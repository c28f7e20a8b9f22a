import { bpfCmd, encodeStruct, fieldOffset, readField, structs } from "../../format/abi/index.ts";
import type { Kernel } from "../sys/index.ts";

/** What the kernel says about a map; undefined before Linux 4.13, which cannot be asked. */
export function askMap(
  kernel: Kernel,
  fd: number,
): { readonly type: number; readonly maxEntries: number; readonly flags: number } | undefined {
  const layout = structs.bpfAttrObjGetInfo;
  const info = new Uint8Array(structs.bpfMapInfo.size);
  const attr = encodeStruct(layout, { bpf_fd: fd, info_len: info.length });
  const reference = { offset: fieldOffset(layout, "info"), buffer: info };
  if (kernel.bpf(bpfCmd.BPF_OBJ_GET_INFO_BY_FD, attr, [reference]) < 0) return undefined;
  return {
    type: readField(structs.bpfMapInfo, info, "type"),
    maxEntries: readField(structs.bpfMapInfo, info, "max_entries"),
    flags: readField(structs.bpfMapInfo, info, "map_flags"),
  };
}
