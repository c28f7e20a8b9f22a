import { ErrorCode, MalformedError, TsbpfError } from "../../errors.ts";
import { flags as bpfFlags } from "../../format/abi/index.ts";
import type { Btf } from "../../format/btf/index.ts";
import type { ObjectBtf } from "./btf-records.ts";
import { sectionKernelName } from "./map-names.ts";
import type { PlacedMap } from "./map-places.ts";
import { sectionsOf, type ObjectFile } from "./object-file.ts";
import type { MapSpec } from "./types.ts";

/** Largest `.bss` that is taken into memory; its size costs a hostile file nothing, the kernel's limit is 2 GiB. */
const LARGEST_BSS = 1 << 28;

/** The maps behind global variables: one array of one element for each data section, in file order. */
export function readDataSections(file: ObjectFile, btf: ObjectBtf | undefined, object: string): PlacedMap[] {
  let zeros = 0;
  return sectionsOf(file, "data", "rodata", "bss").map((section) => {
    const origin = file.roles[section.index];
    if (origin === "bss") zeros += section.size;
    if (zeros > LARGEST_BSS) {
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        `expected .bss sections of at most ${LARGEST_BSS} bytes, found ${zeros}`,
      ).within(section.name);
    }
    const contents = origin === "bss" ? new Uint8Array(section.size) : section.bytes;
    const kind = origin === "bss" || origin === "rodata" ? origin : "data";
    const spec = dataMap(section.name, kind, contents, btf, object);
    return { spec, section: section.index, start: 0, end: section.size };
  });
}

/** The map behind `__kconfig` variables; its values come with the machine. */
export function kconfigMap(size: number, btf: ObjectBtf | undefined, object: string): MapSpec[] {
  return size === 0 ? [] : [dataMap(".kconfig", "kconfig", new Uint8Array(size), btf, object)];
}

/**
 * Gives the arena map the initial values of `__arena` variables (RULES 24: at most one arena). They need an
 * arena that the source declares.
 */
export function placeArena(file: ObjectFile, maps: readonly PlacedMap[]): PlacedMap[] {
  const arenas = maps.filter(({ spec }) => spec.type === "arena");
  if (arenas.length > 1) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected at most one arena map, found ${arenas.map(({ spec }) => spec.name).join(" and ")}`,
    );
  }
  const [section] = sectionsOf(file, "arena");
  if (section === undefined) return [...maps];
  if (arenas.length === 0) {
    throw new MalformedError(`an arena map for the variables in section ${section.name}`, "none", undefined, {
      remedy: 'declare a BPF_MAP_TYPE_ARENA map in SEC(".maps")',
    });
  }
  return maps.flatMap((map) => {
    if (map.spec.type !== "arena") return [map];
    const spec: MapSpec = { ...map.spec, origin: "arena", contents: section.bytes };
    // The definition and the contents are two places of one map.
    return [
      { ...map, spec },
      { spec, section: section.index, start: 0, end: section.size },
    ];
  });
}

function dataMap(
  name: string,
  origin: "data" | "rodata" | "bss" | "kconfig",
  contents: Uint8Array,
  btf: ObjectBtf | undefined,
  object: string,
): MapSpec {
  const type = btf?.sections.get(name);
  const readOnly = origin === "rodata" || origin === "kconfig" ? bpfFlags.BPF_F_RDONLY_PROG : 0;
  const mappable = btf !== undefined && type !== undefined && hasVisibleVariable(btf.types, type);
  return {
    name,
    kernelName: sectionKernelName(object, name),
    origin,
    type: "array",
    keySize: 4,
    valueSize: contents.length,
    maxEntries: 1,
    flags: readOnly | (mappable ? bpfFlags.BPF_F_MMAPABLE : 0),
    numaNode: undefined,
    mapExtra: 0n,
    pinning: "none",
    keyType: 0,
    valueType: type ?? 0,
    inner: undefined,
    slots: [],
    contents,
    eventType: 0,
    autocreate: true,
    structOps: undefined,
  };
}

/** RULES 9: at least one variable that is not static; hidden ones are static since the BTF was fixed up. */
function hasVisibleVariable(btf: Btf, id: number): boolean {
  const section = btf.type(id);
  return (
    section.kind === "datasec" &&
    section.variables.some((entry) => {
      const variable = btf.type(entry.type);
      return variable.kind === "var" && variable.linkage !== "static";
    })
  );
}
