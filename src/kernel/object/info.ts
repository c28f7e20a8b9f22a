import { readFileSync } from "node:fs";
import {
  linkTypes,
  mapTypes,
  programTypes,
  readField,
  readField64,
  structs,
  fieldOffset,
  type LinkType,
  type MapType,
  type ProgramType,
  type StructLayout,
} from "../../format/abi/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { fdByIdCall, infoCall, nextIdCall } from "./attr-object.ts";
import { callBpf } from "./bpf-call.ts";
import { hexField, textField } from "./element-codecs.ts";
import { Errno } from "./errno.ts";
import { explain } from "./explain.ts";

/** What the kernel says of a map. */
export interface MapInfo {
  /** Unique on this machine while the map lives; 0 where a kernel before 4.13 tells none. */
  readonly id: number;
  /** `"unspec"`: a type newer than this tsbpf. */
  readonly type: MapType;
  /** At most 15 bytes of it. */
  readonly name: string;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes (of one CPU's value). */
  readonly valueSize: number;
  /** Elements; bytes of a ring buffer. */
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags: number;
  /** As given when it was created (Linux 5.16); 0 on kernels that have none. */
  readonly mapExtra: bigint;
  /** BTF object and type ids in it; 0 = none. */
  readonly btfId: number;
  /** Type id of the key. */
  readonly keyType: number;
  /** Type id of the value. */
  readonly valueType: number;
}

/** What the kernel says of a program. */
export interface ProgramInfo {
  /** Unique on this machine while the program lives (Linux 4.13). */
  readonly id: number;
  /** `"unspec"`: a type newer than this tsbpf. */
  readonly type: ProgramType;
  /** At most 15 bytes of it (Linux 4.15); `""` if it was loaded without one. */
  readonly name: string;
  /** Hash of the instructions, 16 hexadecimal digits: the same code has the same tag. */
  readonly tag: string;
  /** Nanoseconds since boot. */
  readonly loadTime: bigint;
  /** User id of the process that loaded it (Linux 4.15). */
  readonly createdByUid: number;
  /** Id of the BTF object with its functions and lines; 0 = none (Linux 5.0). */
  readonly btfId: number;
  /** Bytes of code after the verifier's rewriting. */
  readonly translatedSize: number;
  /** Bytes of machine code; 0 without JIT. */
  readonly jitedSize: number;
  /** Instructions that the verifier walked through (Linux 5.16). */
  readonly verifiedInstructions: number;
  /** Nanoseconds and calls, while kernel.bpf_stats_enabled is on. */
  readonly runTime: bigint;
  /** Calls, counted only while kernel.bpf_stats_enabled is on (Linux 5.1). */
  readonly runCount: bigint;
  /** Calls that were left out because the program was already running on that CPU. */
  readonly recursionMisses: bigint;
  /** Kernel ids of the maps that it uses. */
  readonly mapIds: readonly number[];
}

/** What the kernel says of a link. */
export interface LinkInfo {
  /** Unique on this machine while the link lives (Linux 5.8). */
  readonly id: number;
  /** `"unspec"`: a type newer than this tsbpf. */
  readonly type: LinkType;
  /** Kernel id of the program; 0 for a link of a struct_ops map. */
  readonly programId: number;
}

/** Asks for the info of an fd; the answer, cut to what this kernel knows, has zeros behind it. */
function requestInfo(kernel: Kernel, fd: number, layout: StructLayout, info = new Uint8Array(layout.size)) {
  return { info, result: callBpf(kernel, infoCall(fd, info)) };
}

/** The info of a map's fd. */
export function readMapInfo(kernel: Kernel, host: Host, fd: number): MapInfo {
  const layout = structs.bpfMapInfo;
  const { info, result } = requestInfo(kernel, fd, layout);
  // Kernels before 4.13 cannot be asked, but /proc tells the most of it (RULES 13).
  const told = result === -Errno.EINVAL ? parseMapFdInfo(readFdInfo(fd)) : undefined;
  if (told !== undefined) return told;
  if (result < 0) throw explain(host, { call: "bpf(BPF_OBJ_GET_INFO_BY_FD)" }, -result);
  return {
    id: readField(layout, info, "id"),
    type: mapTypes[readField(layout, info, "type")] ?? "unspec",
    name: textField(info, fieldOffset(layout, "name"), 16),
    keySize: readField(layout, info, "key_size"),
    valueSize: readField(layout, info, "value_size"),
    maxEntries: readField(layout, info, "max_entries"),
    flags: readField(layout, info, "map_flags"),
    mapExtra: readField64(layout, info, "map_extra"),
    btfId: readField(layout, info, "btf_id"),
    keyType: readField(layout, info, "btf_key_type_id"),
    valueType: readField(layout, info, "btf_value_type_id"),
  };
}

/** The info of a program's fd. */
export function readProgramInfo(kernel: Kernel, host: Host, fd: number): ProgramInfo {
  const layout = structs.bpfProgInfo;
  const first = requestInfo(kernel, fd, layout);
  if (first.result < 0) throw explain(host, { call: "bpf(BPF_OBJ_GET_INFO_BY_FD)" }, -first.result);
  const { info } = first;
  return {
    id: readField(layout, info, "id"),
    type: programTypes[readField(layout, info, "type")] ?? "unspec",
    name: textField(info, fieldOffset(layout, "name"), 16),
    tag: hexField(info, fieldOffset(layout, "tag"), 8),
    loadTime: readField64(layout, info, "load_time"),
    createdByUid: readField(layout, info, "created_by_uid"),
    btfId: readField(layout, info, "btf_id"),
    translatedSize: readField(layout, info, "xlated_prog_len"),
    jitedSize: readField(layout, info, "jited_prog_len"),
    verifiedInstructions: readField(layout, info, "verified_insns"),
    runTime: readField64(layout, info, "run_time_ns"),
    runCount: readField64(layout, info, "run_cnt"),
    recursionMisses: readField64(layout, info, "recursion_misses"),
    mapIds: readMapIds(kernel, fd, readField(layout, info, "nr_map_ids")),
  };
}

/** A second question: the kernel writes map ids only where the caller says how many there is room for. */
function readMapIds(kernel: Kernel, fd: number, count: number): number[] {
  if (count === 0) return [];
  const layout = structs.bpfProgInfo;
  const ids = new Uint32Array(count);
  const info = new Uint8Array(layout.size);
  new Uint32Array(info.buffer, fieldOffset(layout, "nr_map_ids"), 1)[0] = count;
  const call = infoCall(fd, info);
  // The pointer stands in the info, which is the buffer of the call's first reference.
  const references = [
    ...call.references,
    { offset: fieldOffset(layout, "map_ids"), buffer: new Uint8Array(ids.buffer), inside: 0 },
  ];
  return callBpf(kernel, { ...call, references }) < 0 ? [] : [...ids];
}

/** The info of a link's fd. */
export function readLinkInfo(kernel: Kernel, host: Host, fd: number): LinkInfo {
  const layout = structs.bpfLinkInfo;
  const { info, result } = requestInfo(kernel, fd, layout);
  if (result < 0) throw explain(host, { call: "bpf(BPF_OBJ_GET_INFO_BY_FD)" }, -result);
  return {
    id: readField(layout, info, "id"),
    type: linkTypes[readField(layout, info, "type")] ?? "unspec",
    programId: readField(layout, info, "prog_id"),
  };
}

/** /proc/self/fdinfo of a map: `map_type:\t1` and so on. */
export function parseMapFdInfo(text: string): MapInfo | undefined {
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\w+)`, "m").exec(text)?.[1] ?? 0);
  if (!/^map_type:/m.test(text)) return undefined;
  return {
    id: field("map_id"),
    type: mapTypes[field("map_type")] ?? "unspec",
    name: "",
    keySize: field("key_size"),
    valueSize: field("value_size"),
    maxEntries: field("max_entries"),
    flags: field("map_flags"),
    mapExtra: BigInt(field("map_extra")),
    btfId: 0,
    keyType: 0,
    valueType: 0,
  };
}

function readFdInfo(fd: number): string {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
  } catch {
    return "";
  }
}

/** Ids of all objects of a kind on this machine, in ascending order. */
export function* objectIds(
  kernel: Kernel,
  host: Host,
  command: Parameters<typeof nextIdCall>[0],
): Generator<number> {
  const layout = structs.bpfAttrGetId;
  for (let id = 0; ;) {
    const call = nextIdCall(command, id);
    const result = callBpf(kernel, call);
    if (result === -Errno.ENOENT) return;
    if (result < 0) throw explain(host, { call: `bpf(${command})`, needs: ["CAP_SYS_ADMIN"] }, -result);
    id = readField(layout, call.attr, "next_id");
    yield id;
  }
}

/** An fd of an object by its id; undefined if there is none any more. The caller closes it. */
export function openById(
  kernel: Kernel,
  host: Host,
  command: Parameters<typeof fdByIdCall>[0],
  id: number,
): number | undefined {
  const fd = callBpf(kernel, fdByIdCall(command, id));
  if (fd === -Errno.ENOENT) return undefined;
  if (fd < 0) throw explain(host, { call: `bpf(${command})`, needs: ["CAP_SYS_ADMIN"] }, -fd);
  return fd;
}
