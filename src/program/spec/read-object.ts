import { MalformedError, within } from "../../errors.ts";
import { readBtf, type Btf } from "../../format/btf/index.ts";
import { fixupBtf } from "./btf-fixups.ts";
import { readBtfExt } from "./btf-ext.ts";
import { readBtfMaps } from "./btf-maps.ts";
import { indexSections } from "./btf-records.ts";
import { kconfigMap, placeArena, readDataSections } from "./data-sections.ts";
import { findEventTypes } from "./event-types.ts";
import { collectExterns, type Externs } from "./externs.ts";
import { collectFunctions, functionSpecs } from "./functions.ts";
import { readLegacyMaps } from "./legacy-maps.ts";
import { objectName } from "./map-names.ts";
import { MapPlaces } from "./map-places.ts";
import { openObject, readKernelVersion, readLicense, sectionsOf, type ObjectFile } from "./object-file.ts";
import { readCodeRelocations } from "./relocations.ts";
import { parseSectionName, programFlags } from "./sections.ts";
import { readStructOps } from "./struct-ops.ts";
import type { FunctionSpec, MapSpec, ObjectSpec, ProgramSpec } from "./types.ts";
import { readVariables } from "./variables.ts";

/** What {@link readObject} may be told. */
export interface ReadObjectOptions {
  /**
   * File name; its base name up to the first dot becomes the object's name (RULES 6). Without one the object is
   * called "bpf": libbpf makes a name of the memory's address, which is another one each time. Errors do not name
   * the file: who has opened it does (`within`).
   */
  readonly name?: string | undefined;
}

/**
 * Reads a BPF object file: what it declares and how its code refers to it, the same on every machine. The result
 * views `bytes`, which must not change. Objects of the other byte order are read completely. A damaged object is a
 * MALFORMED error, an undefined reference a RELOCATION error, what libbpf refuses UNSUPPORTED; an unknown section
 * name is none of these: such a program has no definition and type "unspec".
 */
export function readObject(bytes: Uint8Array, options: ReadObjectOptions = {}): ObjectSpec {
  const name = objectName(options.name ?? "bpf");
  return readSpec(openObject(bytes), name);
}

function readSpec(file: ObjectFile, name: string): ObjectSpec {
  const code = collectFunctions(file);
  const { btf, externs } = readTypes(file);
  const objectBtf = btf === undefined ? undefined : indexSections(btf);

  const declared = placeArena(file, [...readBtfMaps(file, objectBtf, code), ...readLegacyMaps(file)]);
  const data = readDataSections(file, objectBtf, name);
  const kconfig = kconfigMap(externs.kconfigSize, objectBtf, name);
  const structOps = readStructOps(file, objectBtf, code);

  readCodeRelocations(file, {
    code,
    maps: new MapPlaces([...declared, ...data]),
    externs: new Set(externs.list.map((extern) => extern.name)),
  });
  if (btf !== undefined) readBtfExt(file, btf, code);

  const ranges = [...code.keys()].sort((a, b) => a - b).flatMap((index) => code.get(index) ?? []);
  const functions = ranges.flatMap(functionSpecs);
  const text = file.text?.name;
  const variables = readVariables(file, objectBtf, [...declared, ...data]);
  // The arena has two places but is one map.
  const maps = [
    ...new Set([...declared, ...data].map(({ spec }) => spec)),
    ...kconfig,
    ...structOps.map(({ spec }) => spec),
  ];
  const programs = functions.filter((item) => item.section !== text).map(programSpec);
  requireUnique("map", maps);
  requireUnique("program", programs);
  const events = findEventTypes(btf, maps, variables, functions, file.notes);
  return {
    name,
    littleEndian: file.elf.littleEndian,
    license: readLicense(file),
    kernelVersion: readKernelVersion(file),
    programs,
    subprograms: functions.filter((item) => item.section === text),
    maps: maps.map((map) => withEventType(map, events.byMap)),
    variables: variables.filter((variable) => !events.declarations.has(variable)),
    externs: externs.list,
    btf,
    notes: file.notes,
  };
}

/** The types with their gaps filled, and the externs that the layout of `.kconfig` follows from. */
function readTypes(file: ObjectFile): { btf: Btf | undefined; externs: Externs } {
  const [section] = sectionsOf(file, "btf");
  const none: Externs = { list: [], kconfigSize: 0 };
  if (section === undefined) return { btf: undefined, externs: none };
  return within(".BTF", () => {
    const raw = readBtf(section.bytes, { littleEndian: file.elf.littleEndian });
    const externs = collectExterns(file, raw);
    return { btf: fixupBtf(file, raw, externs), externs };
  });
}

/** RULES 4, 5: what the section name says about a program. */
function programSpec(item: FunctionSpec): ProgramSpec {
  const { name, autoload, definition, target } = parseSectionName(item.section);
  return {
    ...item,
    sectionName: name,
    definition,
    type: definition?.type ?? "unspec",
    expectedAttachType: definition?.expectedAttachType,
    flags: programFlags(definition),
    target,
    autoload,
  };
}

function withEventType(map: MapSpec, types: ReadonlyMap<string, number>): MapSpec {
  const eventType = types.get(map.name);
  return eventType === undefined ? map : { ...map, eventType };
}

function requireUnique(what: string, items: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of items) {
    if (seen.has(name)) throw new MalformedError(`one ${what} of a name`, `two ${what}s ${name}`);
    seen.add(name);
  }
}
