import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import { flags as bpfFlags } from "../../format/abi/index.ts";
import { resolve, type Btf, type BtfComposite } from "../../format/btf/index.ts";
import type { ObjectBtf } from "./btf-records.ts";
import type { ElfSection } from "../../format/elf/index.ts";
import { findFunction, type CodeMap } from "./functions.ts";
import { declaredKernelName } from "./map-names.ts";
import { MapPlaces, type PlacedMap } from "./map-places.ts";
import { sectionsOf, type ObjectFile } from "./object-file.ts";
import { eachReference } from "./references.ts";
import type { MapSpec, StructOpsSpec } from "./types.ts";

type ProgramSlot = StructOpsSpec["programs"][number];

/** The variables of sections `.struct_ops` and `.struct_ops.link`, each a map of one value. */
export function readStructOps(file: ObjectFile, btf: ObjectBtf | undefined, code: CodeMap): PlacedMap[] {
  return sectionsOf(file, "struct_ops").flatMap((section) =>
    within(section.name, () => {
      if (btf === undefined) throw new MalformedError("BTF that describes the structs", "none");
      return readSection(file, btf, code, section);
    }),
  );
}

function readSection(
  file: ObjectFile,
  { types: btf, sections }: ObjectBtf,
  code: CodeMap,
  section: ElfSection,
): PlacedMap[] {
  const id = sections.get(section.name);
  const variables = id === undefined ? undefined : btf.type(id);
  if (variables?.kind !== "datasec") throw new MalformedError(`a BTF section ${section.name}`, "none");
  const maps = variables.variables.map(({ type, offset }) => readVariable(btf, section, type, offset));
  const programs = collectPrograms(file, btf, code, section, maps);
  return maps.map((map) => {
    const { structOps } = map.spec;
    if (structOps === undefined) return map;
    const list = [...(programs.get(map.spec) ?? [])].sort((a, b) => a.offset - b.offset);
    return { ...map, spec: { ...map.spec, structOps: { ...structOps, programs: list } } };
  });
}

function readVariable(btf: Btf, section: ElfSection, id: number, start: number): PlacedMap {
  const variable = btf.type(id);
  if (variable.kind !== "var") throw new MalformedError("a variable", variable.kind);
  return within(`variable "${variable.name}"`, () => {
    const type = resolve(btf, variable.type);
    const struct = btf.type(type);
    if (struct.kind !== "struct" || struct.name === "") {
      throw new MalformedError("a struct with a name", `${struct.kind} ${struct.name}`);
    }
    const end = start + struct.size;
    if (end > section.bytes.length) {
      throw new MalformedError(`an end within ${section.bytes.length} bytes`, String(end));
    }
    // RULES 4: `?` means that the map is not created by default.
    const link = section.name.endsWith(".link");
    return {
      section: section.index,
      start,
      end,
      spec: {
        name: variable.name,
        kernelName: declaredKernelName(variable.name),
        origin: "struct_ops",
        type: "struct_ops",
        keySize: 4,
        valueSize: struct.size,
        maxEntries: 1,
        flags: link ? bpfFlags.BPF_F_LINK : 0,
        numaNode: undefined,
        mapExtra: 0n,
        pinning: "none",
        keyType: 0,
        valueType: type,
        inner: undefined,
        slots: [],
        contents: section.bytes.subarray(start, end),
        eventType: 0,
        autocreate: !section.name.startsWith("?"),
        structOps: { type, link, programs: [] },
      },
    };
  });
}

/** The function pointers in the structs: relocations of the section. */
function collectPrograms(
  file: ObjectFile,
  btf: Btf,
  code: CodeMap,
  section: ElfSection,
  maps: readonly PlacedMap[],
): Map<MapSpec, ProgramSlot[]> {
  const places = new MapPlaces(maps);
  const members = new Map<number, ReadonlySet<number>>();
  const found = new Map<MapSpec, ProgramSlot[]>();
  eachReference(file, section, ({ offset, symbol }) => {
    const map = places.find(section.index, offset);
    const type = map?.spec.structOps?.type;
    if (map === undefined || type === undefined)
      throw new MalformedError("a place in a struct", "none there");
    const pointers = members.get(type) ?? functionPointers(btf, btf.type(type));
    members.set(type, pointers);
    const place = offset - map.start;
    if (!pointers.has(place)) throw new MalformedError("a member that points to a function", `byte ${place}`);
    const target = findFunction(code, symbol.section, Number(symbol.value));
    const program = target?.symbols[0]?.name;
    if (target?.start !== Number(symbol.value) || target.section === file.text || program === undefined) {
      throw new TsbpfError(ErrorCode.RELOCATION, "expected a struct_ops program, found something else", {
        remedy: 'put the function into SEC("struct_ops")',
      });
    }
    const list = found.get(map.spec);
    if (list === undefined) found.set(map.spec, [{ offset: place, program }]);
    else list.push({ offset: place, program });
  });
  return found;
}

/** Byte offsets of the members that are pointers to functions. */
function functionPointers(btf: Btf, struct: ReturnType<Btf["type"]>): ReadonlySet<number> {
  const { members } = struct as BtfComposite; // readVariable has checked that it is a struct
  const offsets = members.flatMap((member) => {
    const pointer = btf.type(resolve(btf, member.type));
    const isFunction = pointer.kind === "ptr" && btf.kind(resolve(btf, pointer.type)) === "func_proto";
    return isFunction ? [member.bitOffset / 8] : [];
  });
  return new Set(offsets);
}
