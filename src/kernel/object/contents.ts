import { argumentError, within } from "../../errors.ts";
import type { MapSpec, ObjectSpec, VariableSpec } from "../../program/spec/index.ts";
import { elementMemory, rawElement, type ElementCodec } from "./element-codecs.ts";
import type { LoadSettings } from "./load-options.ts";
import { typedElement } from "./typed-element.ts";

/** How a variable's value is written and read: by its type, or as bytes without BTF. */
export function variableElement(
  spec: ObjectSpec,
  variable: VariableSpec,
  codecs: LoadSettings["codecs"],
): ElementCodec {
  if (spec.btf === undefined || variable.type === 0) return rawElement(variable.size);
  // The place decides what the codec may suppose about its offset; no offset at all is a multiple of 8.
  const place = variable.offset === 0 ? 8 : variable.offset;
  return typedElement(spec.btf, variable.type, variable.size, codecs?.[variable.name], place);
}

/**
 * The first value of each data section: the object's bytes with the values of `set` written over them. The spec is not
 * changed: it may be loaded again.
 */
export function initialContents(
  spec: ObjectSpec,
  settings: LoadSettings,
  kconfig: Uint8Array | undefined,
): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  for (const map of spec.maps) {
    const bytes = map.origin === "kconfig" ? kconfig : map.contents;
    if (!isDataSection(map)) continue;
    const own = new Uint8Array(map.origin === "arena" ? (bytes?.length ?? 0) : map.valueSize);
    own.set(bytes ?? []);
    contents.set(map.name, own);
  }
  for (const [name, value] of Object.entries(settings.set ?? {})) {
    if (value === undefined) continue;
    const variable = spec.variables.find((candidate) => candidate.name === name);
    const bytes = variable === undefined ? undefined : contents.get(variable.map);
    if (variable === undefined || bytes === undefined)
      throw argumentError(`option "set": no variable "${name}"`);
    const memory = elementMemory(variable.size);
    const codec = variableElement(spec, variable, settings.codecs);
    within(`variable "${name}"`, () => codec.encode(value, memory, 0));
    bytes.set(memory.u8.subarray(0, variable.size), variable.offset);
  }
  return contents;
}

/** Whether a map is a section of global variables. */
export function isDataSection(map: MapSpec): boolean {
  return map.origin !== "declared" && map.origin !== "legacy" && map.origin !== "struct_ops";
}

/** Sections that the program may only read and that are frozen before it is loaded (RULES 19). */
export function isFrozenSection(map: MapSpec): boolean {
  return map.origin === "rodata" || map.origin === "kconfig";
}
