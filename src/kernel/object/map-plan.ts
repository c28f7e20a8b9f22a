import { flags as bpfFlags, type MapType } from "../../format/abi/index.ts";
import type { MapSpec } from "../../program/spec/index.ts";
import type { Host } from "../host/index.ts";
import type { MapCreation } from "./attr-map.ts";
import { kernelName } from "./bpf-call.ts";

/** Map types whose keys and values are the kernel's: it refuses BTF ids for them (RULES 15). */
const withoutBtf: ReadonlySet<MapType> = new Set<MapType>([
  "perf_event_array",
  "cgroup_array",
  "stack_trace",
  "array_of_maps",
  "hash_of_maps",
  "devmap",
  "devmap_hash",
  "cpumap",
  "xskmap",
  "sockmap",
  "sockhash",
  "queue",
  "stack",
  "arena",
]);

/** Entries as the kernel takes them (RULES 14). */
export function plannedEntries(
  type: MapType,
  written: number,
  host: Pick<Host, "pageSize" | "possibleCpus">,
): number {
  // Indexes are CPU ids, and the possible ones may have gaps: one more than the highest, not their count (RULES 76).
  if (type === "perf_event_array" && written === 0) return (host.possibleCpus().at(-1) ?? 0) + 1;
  if (type === "ringbuf" || type === "user_ringbuf") return ringBytes(written, host.pageSize);
  return written;
}

/** The next size of page size times a power of two; 0 stays 0, which is the kernel's to refuse. */
function ringBytes(written: number, pageSize: number): number {
  if (written === 0) return 0;
  let bytes = pageSize;
  while (bytes < written && bytes < 2 ** 31) bytes *= 2;
  return bytes < written ? written : bytes;
}

/** The call for a map of the object, as far as it does not depend on other fds. */
export function planMap(spec: MapSpec, maxEntries: number, btfFd: number): MapCreation {
  const typed = btfFd > 0 && !withoutBtf.has(spec.type) && (spec.keyType !== 0 || spec.valueType !== 0);
  return {
    type: spec.type,
    name: kernelName(spec.kernelName),
    keySize: spec.keySize,
    valueSize: spec.valueSize,
    maxEntries,
    flags: spec.flags,
    // An arena's map_extra is the address that user space wants to see it at. JavaScript has no addresses, and tsbpf
    // maps wherever there is room: any other value would only make that mapping fail (arena_map_mmap, RULES 24).
    mapExtra: spec.type === "arena" ? 0n : spec.mapExtra,
    innerMapFd: 0,
    numaNode: (spec.flags & bpfFlags.BPF_F_NUMA_NODE) === 0 ? 0 : (spec.numaNode ?? 0),
    btfFd: typed ? btfFd : 0,
    keyType: typed ? spec.keyType : 0,
    valueType: typed ? spec.valueType : 0,
    kernelValueType: 0,
    valueTypeBtfFd: 0,
  };
}

/** Bytes of a mapping of an array's values (RULES 20). */
export function mappedBytes(valueSize: number, maxEntries: number, pageSize: number): number {
  const values = Math.ceil(valueSize / 8) * 8 * maxEntries;
  return Math.ceil(values / pageSize) * pageSize;
}
