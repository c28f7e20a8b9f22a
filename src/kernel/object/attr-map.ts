import { mapTypes, structs, type MapType } from "../../format/abi/index.ts";
import { bpfCall, tokenFlag, type BpfCall } from "./bpf-call.ts";

/** What BPF_MAP_CREATE takes; fds and ids of 0 mean "none". */
export interface MapCreation {
  readonly type: MapType;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly mapExtra: bigint;
  readonly innerMapFd: number;
  readonly numaNode: number;
  readonly btfFd: number;
  readonly keyType: number;
  readonly valueType: number;
  /** struct_ops: the type in the kernel's BTF, of vmlinux or of the module behind `valueTypeBtfFd`. */
  readonly kernelValueType: number;
  readonly valueTypeBtfFd: number;
  /** A BPF token (RULES 52). */
  readonly tokenFd?: number | undefined;
}

export function mapCreateCall(map: MapCreation): BpfCall {
  return bpfCall("BPF_MAP_CREATE", structs.bpfAttrMapCreate, {
    map_type: mapTypes.indexOf(map.type),
    key_size: map.keySize,
    value_size: map.valueSize,
    max_entries: map.maxEntries,
    map_flags: map.flags | tokenFlag(map.tokenFd),
    inner_map_fd: map.innerMapFd,
    numa_node: map.numaNode,
    map_name: map.name,
    btf_fd: map.btfFd,
    btf_key_type_id: map.keyType,
    btf_value_type_id: map.valueType,
    btf_vmlinux_value_type_id: map.kernelValueType,
    map_extra: map.mapExtra,
    value_type_btf_obj_fd: map.valueTypeBtfFd,
    map_token_fd: map.tokenFd,
  });
}

/** Commands on one element. */
export type ElementCommand =
  | "BPF_MAP_LOOKUP_ELEM"
  | "BPF_MAP_UPDATE_ELEM"
  | "BPF_MAP_DELETE_ELEM"
  | "BPF_MAP_LOOKUP_AND_DELETE_ELEM";

/** `key` and `value` are the kernel's to read, or `value` to write, each time the call is made. */
export function mapElementCall(
  command: ElementCommand,
  fd: number,
  key: Uint8Array | undefined,
  value: Uint8Array | undefined,
  flags: bigint | number = 0,
): BpfCall {
  return bpfCall(command, structs.bpfAttrMapElem, { map_fd: fd, flags }, { key, value });
}

/** Without `key`: the first key. */
export function mapNextKeyCall(fd: number, key: Uint8Array | undefined, nextKey: Uint8Array): BpfCall {
  return bpfCall("BPF_MAP_GET_NEXT_KEY", structs.bpfAttrMapElem, { map_fd: fd }, { key, next_key: nextKey });
}

export function mapFreezeCall(fd: number): BpfCall {
  return bpfCall("BPF_MAP_FREEZE", structs.bpfAttrMapElem, { map_fd: fd });
}

/** Buffers of a batch: `inBatch` undefined starts at the beginning. */
export interface MapBatch {
  readonly inBatch: Uint8Array | undefined;
  readonly outBatch: Uint8Array | undefined;
  readonly keys: Uint8Array;
  readonly values: Uint8Array | undefined;
  /** Room in elements; the kernel writes back how many there are. */
  readonly count: number;
  readonly flags?: number;
}

export function mapBatchCall(
  command:
    | "BPF_MAP_LOOKUP_BATCH"
    | "BPF_MAP_LOOKUP_AND_DELETE_BATCH"
    | "BPF_MAP_UPDATE_BATCH"
    | "BPF_MAP_DELETE_BATCH",
  fd: number,
  batch: MapBatch,
): BpfCall {
  return bpfCall(
    command,
    structs.bpfAttrMapBatch,
    { map_fd: fd, count: batch.count, elem_flags: batch.flags },
    { in_batch: batch.inBatch, out_batch: batch.outBatch, keys: batch.keys, values: batch.values },
  );
}
