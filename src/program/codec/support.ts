/**
 * What generated codec source calls, at run time and in a generated module alike: both are the same text.
 */
export {
  asBigInteger,
  asBoolean,
  asFloat,
  asInteger,
  asList,
  asOpenList,
  checkMembers,
  checkRoom,
  cursorRefusal,
  ownMember,
  placeError,
  storeByteArray,
  storeOpenBytes,
  storeOpenText,
  storeText,
} from "./check-value.ts";
export {
  loadBits,
  loadF32Bytes,
  loadF64,
  loadF64Bytes,
  loadI128,
  loadI64,
  loadI64Bytes,
  loadU128,
  loadU64,
  loadU64Bytes,
  loadWideBits,
  storeBits,
  storeFloat,
  storeInteger,
} from "./odd-access.ts";
export { ShortRecord } from "./short-record.ts";
export { TextCache, textIn } from "./text-cache.ts";
export { cursorLength, cursorOffset } from "./types.ts";
