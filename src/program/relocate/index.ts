export * from "./types.ts";
export { needsKernelBtf, prepareObject, type PrepareOptions } from "./prepare.ts";
export { linkProgram, type LinkedFunction, type LinkedProgram, type LinkedReference } from "./link.ts";
export { sanitiseBtf } from "./sanitise-btf.ts";
export { CORE_POISON, KFUNC_POISON, MAP_POISON } from "./poison.ts";
