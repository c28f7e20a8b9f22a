import { skipModifiers, resolve, type Btf } from "../../format/btf/index.ts";
import type { MapType } from "../../format/abi/index.ts";
import type { FunctionSpec, MapSpec, VariableSpec } from "./types.ts";

/** Map types whose values are records of the program's own making. */
const EVENT_MAPS: ReadonlySet<MapType> = new Set(["perf_event_array", "ringbuf", "user_ringbuf"]);
/** Declaration tag of a map: `event:NAME` of a struct, union or typedef. */
const MAP_TAG = "event:";
/** Declaration tag of a pointer variable: `event_of:MAP`. */
const POINTER_TAG = "event_of:";
/** Name of a pointer variable, for compilers without declaration tags (before clang 14). */
const POINTER_NAME = "__event_";

/** The result: event types by map name, and the variables that are nothing but declarations. */
export interface EventTypes {
  readonly byMap: ReadonlyMap<string, number>;
  readonly declarations: ReadonlySet<VariableSpec>;
}

/**
 * Finds the type of the records of each perf and ring buffer. C has no place for it in a map definition, so it is
 * declared in ways that other loaders ignore, the first of which that is there wins:
 *
 * 1. a declaration tag `event:NAME` on the map's variable;
 * 2. a global pointer with the tag `event_of:MAP`, or with the name `__event_MAP`;
 * 3. the idiom of bpf2go and libbpf-bootstrap: a global pointer to a struct that no instruction uses. If all such
 *    pointers have one type, it is the type of every map without its own; else that of the pointer whose name
 *    contains the map's name.
 */
export function findEventTypes(
  btf: Btf | undefined,
  maps: readonly MapSpec[],
  variables: readonly VariableSpec[],
  functions: readonly FunctionSpec[],
  notes: string[],
): EventTypes {
  const byMap = new Map<string, number>();
  const declarations = new Set<VariableSpec>();
  const wanted = maps.filter((map) => EVENT_MAPS.has(map.type));
  if (btf === undefined || wanted.length === 0) return { byMap, declarations };
  const names = new Set(wanted.map((map) => map.name));

  const tags = readTags(btf, names);
  for (const [map, name] of tags.ofMaps) {
    const type = findNamed(btf, name);
    if (type === undefined) notes.push(`map ${map}: its event type ${name} is not in the BTF`);
    else byMap.set(map, type);
  }
  const pointers = variables.flatMap((variable) => {
    const type = variable.linkage === "static" ? undefined : pointedComposite(btf, variable.type);
    return type === undefined ? [] : [{ variable, type }];
  });
  for (const { variable, type } of pointers) {
    const named = variable.name.startsWith(POINTER_NAME)
      ? variable.name.slice(POINTER_NAME.length)
      : undefined;
    const map = tags.ofPointers.get(variable.name) ?? named;
    if (map === undefined) continue;
    declarations.add(variable);
    if (!names.has(map))
      notes.push(`variable ${variable.name} declares events of ${map}, which is no event map`);
    else if (!byMap.has(map)) byMap.set(map, type);
  }
  const open = wanted.filter((map) => !byMap.has(map.name) && map.type !== "user_ringbuf");
  const unused =
    open.length === 0
      ? []
      : withoutUse(pointers, functions).filter(({ variable }) => !declarations.has(variable));
  guess(btf, open, unused, byMap, notes);
  return { byMap, declarations };
}

interface Pointer {
  readonly variable: VariableSpec;
  readonly type: number;
}

/** Way 3. */
function guess(
  btf: Btf,
  maps: readonly MapSpec[],
  pointers: readonly Pointer[],
  byMap: Map<string, number>,
  notes: string[],
): void {
  const [first] = pointers;
  if (first === undefined) return;
  const isSingle = pointers.every(({ type }) => resolve(btf, type) === resolve(btf, first.type));
  for (const map of maps) {
    const candidates = isSingle
      ? [first]
      : pointers.filter(({ variable }) => variable.name.includes(map.name));
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1) byMap.set(map.name, only.type);
    else {
      notes.push(
        `map ${map.name}: its event type is not clear among ${pointers.map(({ variable }) => variable.name).join(", ")}; declare it with EVENT_TYPE(${map.name}, …)`,
      );
    }
  }
}

/** Pointers that no instruction refers to. */
function withoutUse(pointers: readonly Pointer[], functions: readonly FunctionSpec[]): Pointer[] {
  const used = new Map<string, number[]>();
  for (const { relocations } of functions) {
    for (const relocation of relocations) {
      if (relocation.kind !== "data") continue;
      const offsets = used.get(relocation.map);
      if (offsets === undefined) used.set(relocation.map, [relocation.offset]);
      else offsets.push(relocation.offset);
    }
  }
  for (const offsets of used.values()) offsets.sort((a, b) => a - b);
  return pointers.filter(
    ({ variable: { map, offset, size } }) => !hasWithin(used.get(map) ?? [], offset, offset + size),
  );
}

/** Whether a sorted list has a number from `start` up to, not including, `end`. */
function hasWithin(sorted: readonly number[], start: number, end: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  const next = sorted[low];
  return next !== undefined && next < end;
}

/** Declaration tags on variables: type names by map, and map names by pointer variable. */
function readTags(
  btf: Btf,
  maps: ReadonlySet<string>,
): { ofMaps: Map<string, string>; ofPointers: Map<string, string> } {
  const ofMaps = new Map<string, string>();
  const ofPointers = new Map<string, string>();
  for (let id = btf.firstId; id < btf.endId; id++) {
    if (btf.kind(id) !== "decl_tag") continue;
    const text = btf.name(id);
    if (!text.startsWith(MAP_TAG) && !text.startsWith(POINTER_TAG)) continue;
    const tag = btf.type(id);
    const target = tag.kind === "decl_tag" && tag.component === -1 ? btf.type(tag.type) : undefined;
    if (target?.kind !== "var") continue;
    if (text.startsWith(POINTER_TAG)) ofPointers.set(target.name, text.slice(POINTER_TAG.length));
    else if (maps.has(target.name)) ofMaps.set(target.name, text.slice(MAP_TAG.length));
  }
  return { ofMaps, ofPointers };
}

/** `struct NAME`, `union NAME` or `NAME`. */
function findNamed(btf: Btf, name: string): number | undefined {
  const bare = name.replace(/^(struct|union) /, "");
  return btf.find(bare, "struct") ?? btf.find(bare, "typedef") ?? btf.find(bare, "union");
}

/** The type behind a pointer variable, if that is a struct or union; a typedef of one stays a typedef. */
function pointedComposite(btf: Btf, id: number): number | undefined {
  if (id === 0) return undefined;
  const pointer = btf.type(skipModifiers(btf, id));
  if (pointer.kind !== "ptr") return undefined;
  const target = skipModifiers(btf, pointer.type);
  const kind = btf.kind(resolve(btf, target));
  return kind === "struct" || kind === "union" ? target : undefined;
}
