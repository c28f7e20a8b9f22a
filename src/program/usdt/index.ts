export { readUsdtLayout, usdtAddressMap, usdtSpecsMap, type BitField, type UsdtLayout } from "./layout.ts";
export { encodeUsdtSpec, unreadableArguments, type UnreadableArgument } from "./encode-spec.ts";
