import { basename, dirname, isAbsolute, join } from "node:path";
import { importTarget } from "./import-target.ts";
import { pathInProject, type Project } from "./project.ts";
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

/** Writes what a project's own tsconfig.json extends, so that TypeScript finds those declarations. */
export function writeTypesConfig(project: Project): void {
  const { stateFolder } = project;
  const compilerOptions = { allowArbitraryExtensions: true, rootDirs: ["..", "types"] };
  writeResult(join(stateFolder, "tsconfig.json"), `${JSON.stringify({ compilerOptions }, null, 2)}\n`);
  // All of it can be made again.
  writeResult(join(stateFolder, ".gitignore"), "*\n");
}
