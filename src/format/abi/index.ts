export * from "./enums.gen.ts";
export * as structs from "./structs.gen.ts";
export {
  encodeStruct,
  fieldOffset,
  hostIsLittleEndian,
  readField,
  readField64,
  type StructLayout,
  type StructValues,
} from "./layout.ts";
