export { readUsdtLayout, usdtAddressMap, usdtSpecsMap, type UsdtLayout } from "./layout.ts";
export { encodeUsdtSpec, unreadableArguments } from "./encode-spec.ts";
