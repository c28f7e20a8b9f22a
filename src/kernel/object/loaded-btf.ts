import { fieldOffset, hostIsLittleEndian, readField, structs } from "../../format/abi/index.ts";
import { readBtf, type Btf } from "../../format/btf/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { infoCall } from "./attr-object.ts";
import { callBpf } from "./bpf-call.ts";
import { openById, type MapInfo } from "./info.ts";

/** The types of a BTF object in the kernel; undefined if there is no such object any more. */
export function readLoadedBtf(kernel: Kernel, host: Host, id: number): Btf | undefined {
  if (id === 0) return undefined;
  const fd = openById(kernel, host, "BPF_BTF_GET_FD_BY_ID", id);
  if (fd === undefined) return undefined;
  try {
    const layout = structs.bpfBtfInfo;
    const ask = (types: Uint8Array | undefined): Uint8Array | undefined => {
      const info = new Uint8Array(layout.size);
      const size = fieldOffset(layout, "btf_size");
      new DataView(info.buffer).setUint32(size, types?.length ?? 0, hostIsLittleEndian);
      const call = infoCall(fd, info);
      const more =
        types === undefined ? [] : [{ offset: fieldOffset(layout, "btf"), buffer: types, inside: 0 }];
      return callBpf(kernel, { ...call, references: [...call.references, ...more] }) < 0 ? undefined : info;
    };
    const info = ask(undefined);
    if (info === undefined) return undefined;
    const bytes = new Uint8Array(readField(layout, info, "btf_size"));
    return ask(bytes) === undefined ? undefined : readBtf(bytes);
  } finally {
    kernel.close(fd);
  }
}

/** The types of a map's key and value, where it was created with them. */
export function readMapTypes(kernel: Kernel, host: Host, info: MapInfo): Btf | undefined {
  try {
    return readLoadedBtf(kernel, host, info.btfId);
  } catch {
    // Opening BTF by id asks for CAP_SYS_ADMIN: without it the map is read as bytes.
    return undefined;
  }
}
