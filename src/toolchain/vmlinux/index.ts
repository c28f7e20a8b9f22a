export { vmlinuxFolder } from "./cached-header.ts";
export { keptHeader } from "./kept-header.ts";
export { fileTypes, kernelTypes, moduleTypes, type FoundTypes } from "./kernel-types.ts";
export { minimalHeader } from "./minimal.ts";
