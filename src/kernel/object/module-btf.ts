import { fieldOffset, readField, structs } from "../../format/abi/index.ts";
import { readBtf, type Btf } from "../../format/btf/index.ts";
import type { ModuleBtf } from "../../program/relocate/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { infoCall } from "./attr-object.ts";
import { callBpf } from "./bpf-call.ts";
import { textField } from "./element-codecs.ts";
import { objectIds, openById } from "./info.ts";

/** Bytes for a module's name: MODULE_NAME_LEN is 56 on 64-bit kernels. */
const NAME_BYTES = 64;

/**
 * The BTF of the loaded kernel modules, split over that of vmlinux. Without the privilege to list BTF objects there are
 * none to be had: relocation then says what it misses.
 */
export function readModuleBtfs(kernel: Kernel, host: Host, base: Btf): ModuleBtf[] {
  const modules: ModuleBtf[] = [];
  for (const id of objectIds(kernel, host, "BPF_BTF_GET_NEXT_ID")) {
    const fd = openById(kernel, host, "BPF_BTF_GET_FD_BY_ID", id);
    if (fd === undefined) continue;
    try {
      const module = readModule(kernel, fd, id, base);
      if (module !== undefined) modules.push(module);
    } finally {
      kernel.close(fd);
    }
  }
  return modules;
}

/** undefined for BTF that a process loaded, and for vmlinux itself. */
function readModule(kernel: Kernel, fd: number, id: number, base: Btf): ModuleBtf | undefined {
  const layout = structs.bpfBtfInfo;
  const name = new Uint8Array(NAME_BYTES);
  const ask = (types: Uint8Array | undefined): Uint8Array | undefined => {
    const info = new Uint8Array(layout.size);
    const view = new DataView(info.buffer);
    const little = base.littleEndian;
    view.setUint32(fieldOffset(layout, "name_len"), NAME_BYTES, little);
    view.setUint32(fieldOffset(layout, "btf_size"), types?.length ?? 0, little);
    const call = infoCall(fd, info);
    const references = [...call.references, { offset: fieldOffset(layout, "name"), buffer: name, inside: 0 }];
    if (types !== undefined)
      references.push({ offset: fieldOffset(layout, "btf"), buffer: types, inside: 0 });
    return callBpf(kernel, { ...call, references }) < 0 ? undefined : info;
  };
  const info = ask(undefined);
  if (info === undefined || readField(layout, info, "kernel_btf") === 0) return undefined;
  const module = textField(name, 0, NAME_BYTES);
  if (module === "vmlinux" || module === "") return undefined;
  const bytes = new Uint8Array(readField(layout, info, "btf_size"));
  if (ask(bytes) === undefined) return undefined;
  return { name: module, btf: readBtf(bytes, { base }), id };
}
