export type * from "./host.ts";
export { nativeHost, type NativeHostOptions } from "./native-host.ts";
export { encodeKernelVersion } from "./kernel-version.ts";
export { kernelBtfPlaces } from "./kernel-btf-places.ts";
export { openExecutable, type ExecutableFile } from "./executable-file.ts";
export { functionPlace, requireFunction } from "./executable-function.ts";
export { findVariableOf } from "./executable-variable.ts";
