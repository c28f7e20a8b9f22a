export { ByteReader } from "./reader.ts";
export { ByteWriter } from "./writer.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
export { StringTable } from "./string-table.ts";
export { compressLz4, decompressLz4 } from "./lz4.ts";
export { fletcher } from "./checksum.ts";
