export type * from "./types.ts";
export type * from "./object-types.ts";
export { readObject, type ReadObjectOptions } from "./read-object.ts";
export { parseSectionName, sectionDefinitions } from "./sections.ts";
export { specToJson, type Json, type SpecJsonOptions } from "./to-json.ts";
