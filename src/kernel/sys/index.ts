export type * from "./kernel.ts";
export { nativeKernel } from "./native-kernel.ts";
export type { NativeKernelOptions } from "./native-kernel.ts";
