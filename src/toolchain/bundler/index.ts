export { sourceFilter } from "./source-filter.ts";
export { refusal } from "./refusal.ts";
export { sourceModule, type SourceModule, type SourceModuleOptions } from "./source-module.ts";
