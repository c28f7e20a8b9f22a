// What two loaders made of one object, field by field.
import type { Facts, MapFacts, ProgramFacts } from "./reference-loader.js";

/** One thing that differs: `program "use": tag`. */
export interface Difference {
  readonly place: string;
  readonly field: string;
  readonly reference: unknown;
  readonly ours: unknown;
}

/** What was loaded, under the names that the user sees. */
export interface NamedFacts {
  readonly programs: ReadonlyMap<string, ProgramFacts>;
  readonly maps: ReadonlyMap<string, MapFacts>;
  readonly btf: Facts["btf"] | undefined;
}

/** Fields that only libbpf says or that the JIT decides. */
const notCompared = new Set(["name", "section", "expectedAttachType", "loadFlags", "instructions", "jited"]);

export function compareFacts(reference: Facts, ours: NamedFacts): Difference[] {
  const programs = new Map(reference.programs.map((program) => [program.name ?? "", program]));
  // libbpf calls the maps of .data, .rodata and .bss by what it sends to the kernel, and others by their section
  const byKernelName = new Map([...ours.maps].map(([name, map]) => [map.kernelName, name]));
  const maps = new Map(
    reference.maps.map((map) => {
      const name = map.name ?? "";
      return [ours.maps.has(name) ? name : (byKernelName.get(map.kernelName) ?? name), map];
    }),
  );
  return [
    ...compareNamed("program", programs, ours.programs),
    ...compareNamed("map", maps, ours.maps),
    ...compareFields("BTF", reference.btf ?? {}, ours.btf ?? {}),
  ];
}

function compareNamed(
  what: string,
  reference: ReadonlyMap<string, object>,
  ours: ReadonlyMap<string, object>,
): Difference[] {
  return [...new Set([...reference.keys(), ...ours.keys()])].flatMap((name) => {
    const [theirs, own] = [reference.get(name), ours.get(name)];
    const place = `${what} "${name}"`;
    if (theirs !== undefined && own !== undefined) return compareFields(place, theirs, own);
    return [{ place, field: "loaded", reference: theirs !== undefined, ours: own !== undefined }];
  });
}

function compareFields(place: string, reference: object, ours: object): Difference[] {
  const theirs = new Map(Object.entries(reference));
  const own = new Map(Object.entries(ours));
  return [...new Set([...theirs.keys(), ...own.keys()])].flatMap((field) => {
    if (notCompared.has(field)) return [];
    const difference = { place, field, reference: theirs.get(field), ours: own.get(field) };
    return JSON.stringify(difference.reference) === JSON.stringify(difference.ours) ? [] : [difference];
  });
}

/** One line, with where two long texts part. */
export function formatDifference({ place, field, reference, ours }: Difference): string {
  const [theirs = "", own = ""] = [reference, ours].map((value) => JSON.stringify(value) ?? "nothing");
  let at = 0;
  while (at < theirs.length && theirs[at] === own[at]) at++;
  const from = Math.max(0, at - 32);
  const cut = (text: string): string =>
    text.length < 160 ? text : `…${text.slice(from, at + 64)}… at ${at}`;
  return `${place}: ${field}: libbpf ${cut(theirs)}, tsbpf ${cut(own)}`;
}
