import { ErrorCode, MalformedError, TsbpfError, within } from "../../errors.ts";
import type { Btf } from "../../format/btf/index.ts";
import type { ObjectBtf } from "./btf-records.ts";
import type { ElfSection } from "../../format/elf/index.ts";
import { findFunction, type CodeMap } from "./functions.ts";
import { MapDefinitions, type MapDefinition } from "./map-definition.ts";
import { declaredKernelName } from "./map-names.ts";
import { MapPlaces, type PlacedMap } from "./map-places.ts";
import { sectionsOf, type ObjectFile } from "./object-file.ts";
import { eachReference, type SymbolReference } from "./references.ts";
import type { MapSlot, MapSpec } from "./types.ts";

/** BPF pointers have 64 bits. */
const POINTER = 8;

/** A declared map that can still be filled in. */
interface Draft extends PlacedMap {
  readonly definition: MapDefinition;
  readonly slots: Map<number, string>;
}

/** The maps that variables in section `.maps` declare, in the order of their offsets. */
export function readBtfMaps(file: ObjectFile, btf: ObjectBtf | undefined, code: CodeMap): PlacedMap[] {
  const [section] = sectionsOf(file, "maps");
  if (section === undefined) return [];
  if (btf === undefined) {
    throw new MalformedError("BTF that describes the maps in section .maps", "none", undefined, {
      remedy: "compile with -g",
    });
  }
  const id = btf.sections.get(".maps");
  const variables = id === undefined ? undefined : btf.types.type(id);
  if (variables?.kind !== "datasec") throw new MalformedError("a BTF section .maps", "none");
  const definitions = new MapDefinitions(btf.types);
  const drafts = variables.variables.map((variable) => readDraft(btf.types, definitions, section, variable));
  fillSlots(file, section, drafts, code);
  return drafts.map(finish);
}

function readDraft(
  btf: Btf,
  definitions: MapDefinitions,
  section: ElfSection,
  place: { readonly type: number; readonly offset: number; readonly size: number },
): Draft {
  const variable = btf.type(place.type);
  if (variable.kind !== "var") throw new MalformedError("a variable in section .maps", variable.kind);
  return within(`map "${variable.name}"`, () => {
    if (variable.name === "") throw new MalformedError("a name", "none");
    if (variable.linkage !== "global") {
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        `expected a global variable, found a ${variable.linkage} one`,
        {
          remedy: variable.linkage === "static" ? "remove `static`" : undefined,
        },
      );
    }
    const end = place.offset + place.size;
    if (end > section.size) throw new MalformedError(`an end within ${section.size} bytes`, String(end));
    const definition = definitions.read(variable.type);
    return {
      spec: mapSpec(variable.name, definition),
      section: section.index,
      start: place.offset,
      end,
      definition,
      slots: new Map(),
    };
  });
}

function mapSpec(name: string, definition: MapDefinition): MapSpec {
  const { inner, valuesOffset: _, ...fields } = definition;
  return {
    ...fields,
    name,
    kernelName: declaredKernelName(name),
    origin: "declared",
    // RULES 18: the template is a map of its own for a moment.
    inner: inner === undefined ? undefined : mapSpec(`${name}.inner`, inner),
    slots: [],
    contents: undefined,
    eventType: 0,
    autocreate: true,
    structOps: undefined,
  };
}

/** The pointers in `values`: relocations of section `.maps`. */
function fillSlots(file: ObjectFile, section: ElfSection, drafts: readonly Draft[], code: CodeMap): void {
  const places = new MapPlaces(drafts);
  const byPlace = new Map(drafts.map((draft) => [draft.spec, draft]));
  eachReference(file, section, (reference) => {
    const place = places.find(section.index, reference.offset);
    const draft = place === undefined ? undefined : byPlace.get(place.spec);
    if (draft === undefined) throw new MalformedError("an offset inside a map definition", "none there");
    within(`map "${draft.spec.name}"`, () => {
      draft.slots.set(slotIndex(draft, reference), slotTarget(file, draft, reference, places, code));
    });
  });
}

function slotIndex({ start, definition }: Draft, { offset }: SymbolReference): number {
  const values = definition.valuesOffset;
  const distance = values === undefined ? -1 : offset - start - values;
  if (distance < 0 || distance % POINTER !== 0) {
    throw new MalformedError("a place in the values of a map-in-map or prog_array", `byte ${offset - start}`);
  }
  return distance / POINTER;
}

function slotTarget(
  file: ObjectFile,
  { definition }: Draft,
  { symbol }: SymbolReference,
  places: MapPlaces,
  code: CodeMap,
): string {
  const value = Number(symbol.value);
  if (definition.type === "prog_array") {
    const target = findFunction(code, symbol.section, value);
    // Only entry programs can be called through a prog_array.
    if (target?.start !== value || target.section === file.text) {
      throw new TsbpfError(ErrorCode.RELOCATION, "expected an entry program, found something else");
    }
    return target.symbols.find(({ name }) => name === symbol.name)?.name ?? target.symbols[0]?.name ?? "";
  }
  if (definition.type === "hash_of_maps" && definition.keySize !== 4) {
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected keys of 4 bytes in a hash_of_maps with values, found ${definition.keySize}`,
    );
  }
  const target = places.find(symbol.section, value);
  if (target?.start !== value) {
    throw new TsbpfError(ErrorCode.RELOCATION, "expected a map of section .maps, found something else");
  }
  return target.spec.name;
}

function finish({ spec, slots, section, start, end }: Draft): PlacedMap {
  const filled: MapSlot[] = [...slots].map(([index, target]) => ({ index, target }));
  filled.sort((a, b) => a.index - b.index);
  return { spec: { ...spec, slots: filled }, section, start, end };
}
