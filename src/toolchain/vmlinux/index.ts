export { vmlinuxFolder } from "./cached-header.ts";
export { fileTypes, kernelTypes, moduleTypes, type FoundTypes } from "./kernel-types.ts";
export { minimalHeader } from "./minimal.ts";
