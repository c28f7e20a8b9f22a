export { declarationMap } from "./declaration-map.ts";
export { generateDeclarations, generateModule } from "./generate-module.ts";
export type { MarkedName } from "./marks.ts";
