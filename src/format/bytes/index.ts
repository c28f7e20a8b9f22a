export { ByteReader } from "./reader.ts";
export { ByteWriter } from "./writer.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
export { StringTable } from "./string-table.ts";
export { compressLz4, decompressLz4 } from "./lz4.ts";
export { fletcher } from "./checksum.ts";
export { arraySource, bufferedSource, partOf, piecesOf, requireInside, type ByteSource } from "./source.ts";
export { findBytes } from "./find-bytes.ts";
