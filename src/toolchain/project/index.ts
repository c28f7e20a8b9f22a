export { buildUnits, type BuildResult } from "./build.ts";
export { checkConfig } from "./check-config.ts";
export { writeDatabase } from "./compilation-database.ts";
export { compileUnit, projectSettings, rememberedClang } from "./compile-unit.ts";
export { openProject, plainProject, withSettings, type Project } from "./project.ts";
export { sourceDependencies, sourceObject } from "./source-object.ts";
export { findSources, planUnits, type Unit } from "./units.ts";
export { ProjectWatch } from "./watch.ts";
export { writeResult } from "./write-result.ts";
