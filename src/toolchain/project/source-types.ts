import { basename, dirname, relative, resolve } from "node:path";
import { within } from "../../errors.ts";
import { declarationMap, generateDeclarations } from "../../program/codegen/index.ts";
import { readObject } from "../../program/spec/index.ts";
import type { CompileSettings } from "../clang/index.ts";
import type { CompiledUnit } from "./compile-unit.ts";
import type { Project } from "./project.ts";
import { SourcePlaces } from "./source-places.ts";
import { typeFiles } from "./type-files.ts";
import type { Unit } from "./units.ts";

/** The texts of the files that {@link typeFiles} names. */
export function unitTypes(
  project: Project,
  unit: Unit,
  settings: CompileSettings,
  { object, debugObject }: CompiledUnit,
): (readonly [file: string, text: string])[] {
  const [file, mapFile] = typeFiles(project, unit);
  if (file === undefined || mapFile === undefined) return [];
  return within(unit.source, () => {
    const source = basename(unit.source);
    const { import: from } = project.config;
    const { text, names } = generateDeclarations(readObject(object, { name: unit.name }), {
      source,
      import: from,
    });
    const places = new SourcePlaces(project, settings, unit.source, debugObject);
    const map = declarationMap(basename(file), names, (name) => {
      const place = places.placeOf(name);
      return place && { ...place, file: relative(dirname(resolve(project.root, mapFile)), place.file) };
    });
    return [
      [mapFile, map],
      [file, `${text}//# sourceMappingURL=${basename(mapFile)}\n`],
    ];
  });
}
