export { buildUnits, type BuildResult } from "./build.ts";
export { writeDatabase } from "./database-now.ts";
export { checkConfig } from "./check-config.ts";
export { compileUnit, projectSettings } from "./compile-unit.ts";
export { openProject, plainProject, withSettings, type Project } from "./project.ts";
export { rememberedClang } from "./settings.ts";
export { findSources, planUnits } from "./units.ts";
export { ProjectWatch } from "./watch.ts";
export { writeResult } from "./write-result.ts";
