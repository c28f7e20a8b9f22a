/** Which C types an object's user meets, and where: records, keys, values, variables. */
import type { MapType } from "../../format/abi/index.ts";
import { sizeOf, type Btf } from "../../format/btf/index.ts";
import type { MapSpec, ObjectSpec, VariableSpec } from "../spec/index.ts";

/** One place where values of a type pass between program and user. */
export interface Role {
  /** Key in the embedded object's codecs: `MAP.key`, `MAP.value`, `MAP.event`, or the variable's name. */
  readonly key: string;
  readonly typeId: number;
  /** What offsets are multiples of there. */
  readonly alignment: 4 | 8;
}

/** The roles of all maps and variables whose type is known, in the order of the object. */
export function rolesOf(spec: ObjectSpec): Role[] {
  const roles: Role[] = [];
  const { btf } = spec;
  if (btf === undefined) return roles;
  for (const map of spec.maps) {
    if (hasTypedKey(map, btf)) roles.push(element(`${map.name}.key`, map.keyType, map.keySize));
    if (hasTypedValue(map, btf)) roles.push(element(`${map.name}.value`, map.valueType, map.valueSize));
    if (map.eventType !== 0) {
      // Samples of a perf buffer lie at 4 mod 8 (RULES 75), those of a ring buffer at multiples of 8.
      const alignment = map.type === "perf_event_array" ? 4 : 8;
      roles.push({ key: `${map.name}.event`, typeId: map.eventType, alignment });
    }
  }
  for (const variable of variablesOf(spec)) {
    if (variable.type !== 0) roles.push(element(variable.name, variable.type, variable.size));
  }
  return roles;
}

/** Elements stand one behind the other: only a size of whole 8 bytes keeps all of them at multiples of 8. */
function element(key: string, typeId: number, size: number): Role {
  return { key, typeId, alignment: size % 8 === 0 ? 8 : 4 };
}

/** Variables by name; of several static ones with one name, the first. */
export function variablesOf(spec: ObjectSpec): VariableSpec[] {
  const seen = new Set<string>();
  return spec.variables.filter(({ name }) => !seen.has(name) && seen.add(name));
}

/** Maps whose key is an index of 32 bits whatever type the source gives it. */
const INDEXED: ReadonlySet<MapType> = new Set<MapType>([
  "array",
  "percpu_array",
  "prog_array",
  "perf_event_array",
  "cgroup_array",
  "array_of_maps",
  "devmap",
  "cpumap",
  "xskmap",
  "sockmap",
  "reuseport_sockarray",
]);
/** Maps whose values are other objects: written as something with an fd, read as an id. */
const HOLDERS: ReadonlySet<MapType> = new Set<MapType>([
  "prog_array",
  "perf_event_array",
  "cgroup_array",
  "array_of_maps",
  "hash_of_maps",
]);

/** The key is an index, a number. */
export function hasIndexKey(map: MapSpec): boolean {
  return INDEXED.has(map.type) && map.keySize === 4;
}

/** The key has a type of its own. */
function hasTypedKey(map: MapSpec, btf: Btf): boolean {
  return !hasIndexKey(map) && fits(btf, map.keyType, map.keySize);
}

/** The value is another object. */
export function holdsObjects(map: MapSpec): boolean {
  return HOLDERS.has(map.type) && map.valueSize === 4;
}

/** The value has a type of its own; a data section's variables have theirs instead. */
function hasTypedValue(map: MapSpec, btf: Btf): boolean {
  return !holdsObjects(map) && fits(btf, map.valueType, map.valueSize);
}

function fits(btf: Btf, type: number, size: number): boolean {
  return type !== 0 && size > 0 && btf.kind(type) !== "datasec" && sizeOf(btf, type) === size;
}

/** One value for each possible CPU. */
export function isPerCpu(map: MapSpec): boolean {
  return /^(lru_)?percpu_/.test(map.type);
}
