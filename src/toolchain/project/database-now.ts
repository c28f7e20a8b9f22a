import { writeCompilationDatabase } from "./compilation-database.ts";
import { projectSettings } from "./compile-unit.ts";
import type { Project } from "./project.ts";
import { rememberedClang } from "./settings.ts";
import { planUnits } from "./units.ts";

/** Writes `compile_commands.json` without a build, for sources relative to the root. NATIVE: there is no compiler. */
export function writeDatabase(project: Project, sources: readonly string[]): void {
  const units = planUnits(project, sources);
  const clang = rememberedClang(project);
  writeCompilationDatabase(project, units, clang, ({ target }) => projectSettings(project, target));
}
