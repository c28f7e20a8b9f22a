export { sourceModule, type SourceModule, type SourceModuleOptions } from "./source-module.ts";
