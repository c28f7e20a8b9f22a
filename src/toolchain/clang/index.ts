export {
  headersFolder,
  prefixMaps,
  searchFolders,
  type CompileSettings,
  type SearchFolder,
} from "./arguments.ts";
export { cacheFolder } from "./cache-folder.ts";
export { compile, compileCommand, preprocess, type Compiled, type CompileRequest } from "./compile.ts";
export { parseDiagnostics } from "./diagnostics.ts";
export { findClang, type Announce, type Clang } from "./find-clang.ts";
export { parseLineMarker } from "./line-marker.ts";
export { parseTarget, type Target } from "./targets.ts";
