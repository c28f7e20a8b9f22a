export * from "./types.ts";
export { needsKernelBtf, prepareObject } from "./prepare.ts";
export { linkProgram } from "./link.ts";
export { sanitiseBtf } from "./sanitise-btf.ts";
export { CORE_POISON, KFUNC_POISON, MAP_POISON } from "./poison.ts";
export { hiddenAddressesRemedy } from "./externs.ts";
