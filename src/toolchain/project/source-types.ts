import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { within } from "../../errors.ts";
import { declarationMap, generateDeclarations } from "../../program/codegen/index.ts";
import { readObject } from "../../program/spec/index.ts";
import type { CompileSettings } from "../clang/index.ts";
import type { CompiledUnit } from "./compile-unit.ts";
import { importTarget } from "./import-target.ts";
import { pathInProject, type Project } from "./project.ts";
import { SourcePlaces } from "./source-places.ts";
import type { Unit } from "./units.ts";
import { writeResult } from "./write-result.ts";

/**
 * Declarations for `import trace from "./trace.bpf.c"` and their map into the C source, relative to the project. They lie
 * below `.tsbpf/types` as the source lies in the project. None without a config file: the folder is not ours then. Of
 * several targets one counts.
 */
export function typeFiles(project: Project, unit: Unit): readonly string[] {
  const { configFile } = project;
  if (configFile === undefined || isAbsolute(unit.source) || !unit.target.littleEndian) return [];
  if (unit.target.name !== importTarget(project).name) return [];
  const folder = pathInProject(project, join(project.stateFolder, "types", dirname(unit.source)));
  const file = join(folder, `${basename(unit.source, ".c")}.d.c.ts`);
  return [file, `${file}.map`];
}

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

/** Writes what a project's own tsconfig.json extends, so that TypeScript finds those declarations. */
export function writeTypesConfig(project: Project): void {
  const { stateFolder } = project;
  const compilerOptions = { allowArbitraryExtensions: true, rootDirs: ["..", "types"] };
  writeResult(join(stateFolder, "tsconfig.json"), `${JSON.stringify({ compilerOptions }, null, 2)}\n`);
  // All of it can be made again.
  writeResult(join(stateFolder, ".gitignore"), "*\n");
}
