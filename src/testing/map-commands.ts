import { flags as abiFlags, structs, type MapType } from "../format/abi/index.ts";
import type { Reference } from "../kernel/sys/index.ts";
import { Attr } from "./attr.ts";
import { errno } from "./errno.ts";
import type { Machine } from "./machine.ts";
import { FakeMap, InertMap, type MapHome, type MapRequest } from "./map.ts";
import { ObjectMap, type Acceptance } from "./object-map.ts";
import { PerfEvent } from "./perf-event.ts";
import { FakeBtf, FakeProgram } from "./program.ts";
import { RingMap, UserRingMap } from "./ring-map.ts";
import { ArrayMap, HashMap, PrefixMap, QueueMap } from "./value-map.ts";

/** Types whose maps take no BTF ids: map_check_no_btf (RULES 15). */
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

const isProgram: Acceptance = (object) => object instanceof FakeProgram;
const isMap: Acceptance = (object) => object instanceof FakeMap;
const isEvent: Acceptance = (object) => object instanceof PerfEvent;

/** BPF_MAP_CREATE */
export function createMap(machine: Machine, bytes: Uint8Array, references: readonly Reference[]): number {
  const attr = new Attr(structs.bpfAttrMapCreate, bytes, references);
  if (attr.nonZeroFields().some((field) => !machine.version.hasField(field)) || attr.hasUnknownTail()) {
    return -errno.EINVAL;
  }
  const type = attr.get("map_type");
  if (!machine.version.hasMapType(type)) return -errno.EINVAL;
  if ((attr.get("map_flags") & ~machine.version.mapFlags()) !== 0) return -errno.EINVAL;
  const btf = attr.get("btf_fd") === 0 ? undefined : machine.fds.get(attr.get("btf_fd"));
  const withTypes = attr.get("btf_key_type_id") !== 0 || attr.get("btf_value_type_id") !== 0;
  if (withTypes && !(btf instanceof FakeBtf)) return -errno.EINVAL;

  const request: MapRequest = {
    type,
    keySize: attr.get("key_size"),
    valueSize: attr.get("value_size"),
    maxEntries: attr.get("max_entries"),
    flags: attr.get("map_flags"),
    mapExtra: attr.get64("map_extra"),
    name: attr.text("map_name"),
    btfId: btf instanceof FakeBtf ? btf.id : 0,
    btfKeyType: attr.get("btf_key_type_id"),
    btfValueType: attr.get("btf_value_type_id"),
  };
  const map = makeMap(request, machine.home);
  if (map === undefined) return -errno.EINVAL;
  if (withTypes && withoutBtf.has(map.type)) return -errno.ENOTSUPP;
  if (map instanceof ObjectMap && map.type.endsWith("_of_maps")) {
    const inner = machine.fds.get(attr.get("inner_map_fd"));
    if (!(inner instanceof FakeMap)) return -errno.EBADF;
  }
  return machine.fds.open(machine.maps.add(map));
}

/** undefined: sizes that the type refuses. */
function makeMap(request: MapRequest, home: MapHome): FakeMap | undefined {
  // In range: the caller has asked hasMapType.
  const type = new InertMap(request, home).type;
  const { keySize, valueSize, maxEntries, flags } = request;
  const whole = keySize > 0 && valueSize > 0 && maxEntries > 0;
  const words = keySize === 4 && valueSize === 4 && maxEntries > 0;
  const mappable = (flags & abiFlags.BPF_F_MMAPABLE) !== 0;
  switch (type) {
    case "array":
      return keySize === 4 && whole ? new ArrayMap(request, home) : undefined;
    case "percpu_array":
      return keySize === 4 && whole && !mappable ? new ArrayMap(request, home) : undefined;
    case "hash":
    case "percpu_hash":
    case "lru_hash":
    case "lru_percpu_hash":
      return whole && !mappable ? new HashMap(request, home) : undefined;
    case "lpm_trie": {
      const fits = whole && keySize > 4 && (flags & abiFlags.BPF_F_NO_PREALLOC) !== 0;
      return fits ? new PrefixMap(request, home) : undefined;
    }
    case "queue":
    case "stack":
    case "bloom_filter":
      return keySize === 0 && valueSize > 0 && maxEntries > 0 ? new QueueMap(request, home) : undefined;
    case "prog_array":
      return words ? new ObjectMap(request, home, isProgram) : undefined;
    case "perf_event_array":
      return words ? new ObjectMap(request, home, isEvent) : undefined;
    case "array_of_maps":
      return words ? new ObjectMap(request, home, isMap) : undefined;
    case "hash_of_maps":
      return whole && valueSize === 4 ? new ObjectMap(request, home, isMap) : undefined;
    case "ringbuf":
    case "user_ringbuf": {
      const power = maxEntries >= home.pageSize && (maxEntries & (maxEntries - 1)) === 0;
      return keySize === 0 && valueSize === 0 && power
        ? new (type === "ringbuf" ? RingMap : UserRingMap)(request, home)
        : undefined;
    }
    case "stack_trace":
    case "devmap":
    case "devmap_hash":
    case "cpumap":
    case "sk_storage":
    case "inode_storage":
    case "task_storage":
    case "cgrp_storage":
      return new HashMap(request, home);
    default:
      return new InertMap(request, home);
  }
}

/** BPF_MAP_LOOKUP_ELEM, _UPDATE_, _DELETE_, _GET_NEXT_KEY, _LOOKUP_AND_DELETE_, and BPF_MAP_FREEZE. */
export function mapElement(
  machine: Machine,
  operation: "lookup" | "update" | "delete" | "next" | "take" | "freeze",
  bytes: Uint8Array,
  references: readonly Reference[],
): number {
  const attr = new Attr(structs.bpfAttrMapElem, bytes, references);
  const map = machine.fds.get(attr.get("map_fd"));
  if (!(map instanceof FakeMap)) return -errno.EBADF;
  if (operation === "freeze") {
    if (map.frozen || map.writableMappings > 0) return -errno.EBUSY;
    map.frozen = true;
    return 0;
  }
  const writing = operation === "update" || operation === "delete" || operation === "take";
  if (writing && (map.frozen || (map.request.flags & abiFlags.BPF_F_RDONLY) !== 0)) return -errno.EPERM;
  if (!writing && (map.request.flags & abiFlags.BPF_F_WRONLY) !== 0) return -errno.EPERM;
  const { keySize } = map.request;
  // __bpf_copy_key: maps without keys want none.
  if (keySize === 0 && attr.pointer("key") !== undefined) return -errno.EINVAL;
  const key = keySize === 0 ? new Uint8Array(0) : attr.pointer("key")?.subarray(0, keySize);
  if (operation === "next") {
    const next = attr.pointer("next_key");
    return next === undefined ? -errno.EINVAL : answer(map.nextKey(key), next);
  }
  if (key === undefined) return -errno.EINVAL;
  if (operation === "delete") return map.delete(key);
  const value = attr.pointer("value");
  if (value === undefined) return -errno.EINVAL;
  if (operation === "update") {
    return map.update(key, value.subarray(0, map.valueBytes), Number(attr.get64("flags")));
  }
  const bloom = map.type === "bloom_filter";
  return answer(operation === "take" ? map.lookupAndDelete(key) : map.lookup(bloom ? value : key), value);
}

/**
 * BPF_MAP_LOOKUP_BATCH, _LOOKUP_AND_DELETE_BATCH, _UPDATE_BATCH, _DELETE_BATCH. The position between two lookups is
 * the number of the next entry; users must not look into it, for the kernel's is a bucket number or a key.
 */
export function mapBatch(
  machine: Machine,
  operation: "lookup" | "take" | "update" | "delete",
  bytes: Uint8Array,
  references: readonly Reference[],
): number {
  const attr = new Attr(structs.bpfAttrMapBatch, bytes, references);
  const map = machine.fds.get(attr.get("map_fd"));
  if (!(map instanceof FakeMap)) return -errno.EBADF;
  if (!map.batches) return -errno.ENOTSUPP;
  if (operation === "take" && !(map instanceof HashMap)) return -errno.ENOTSUPP;
  const keys = attr.pointer("keys");
  const count = attr.get("count");
  if (count === 0) return 0;
  if (keys === undefined) return -errno.EINVAL;
  const { keySize } = map.request;
  const width = (map.valueBytes + 7) & ~7;
  // Per-CPU values are padded, others lie back to back.
  const stride = map.type.includes("percpu") ? width : map.request.valueSize;
  const keyAt = (index: number): Uint8Array => keys.subarray(index * keySize, (index + 1) * keySize);
  const values = attr.pointer("values") ?? new Uint8Array(0);
  const valueAt = (index: number): Uint8Array => values.subarray(index * stride, (index + 1) * stride);

  let done = 0;
  let result = 0;
  if (operation === "update" || operation === "delete") {
    while (done < count && result === 0) {
      result = operation === "delete" ? map.delete(keyAt(done)) : map.update(keyAt(done), valueAt(done), 0);
      if (result === 0) done += 1;
    }
    attr.set("count", done);
    return result;
  }
  const all = allKeys(map);
  const position = attr.pointer("in_batch");
  const start = position === undefined ? 0 : (new Uint32Array(position.slice(0, 4).buffer)[0] ?? 0);
  const chosen = all.slice(start, start + count);
  for (const key of chosen) {
    const value = operation === "take" ? map.lookupAndDelete(key) : map.lookup(key);
    keyAt(done).set(key);
    if (typeof value !== "number") valueAt(done).set(value.subarray(0, stride));
    done += 1;
  }
  const next = operation === "take" ? 0 : start + done;
  attr.pointer("out_batch")?.set(new Uint8Array(Uint32Array.of(next).buffer));
  attr.set("count", done);
  return start + done >= all.length ? -errno.ENOENT : 0;
}

function allKeys(map: FakeMap): readonly Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (let key = map.nextKey(undefined); typeof key !== "number"; key = map.nextKey(key)) keys.push(key);
  return keys;
}

function answer(result: Uint8Array | number, into: Uint8Array): number {
  if (typeof result === "number") return result;
  into.set(result.subarray(0, into.length));
  return 0;
}
