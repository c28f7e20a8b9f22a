import { readObject, specToJson } from "../../program/spec/index.ts";

/**
 * What a loader makes of an object, as text: instructions, relocations with the names of types and the members that they
 * access, maps, variables, functions. Left out are types that nothing refers to: of a struct that the source has only in
 * pointers of pointers clang writes the members into BTF where it knows them.
 */
export function objectCode(object: Uint8Array, name: string): string {
  const spec = specToJson(readObject(object, { name }), { bytes: "hex" });
  return JSON.stringify(spec, (key, value: unknown) => (key === "btfTypes" ? undefined : value));
}
