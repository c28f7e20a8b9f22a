export { compile, headersFolder, type Compiled } from "./compile.ts";
export { parseDiagnostics } from "./diagnostics.ts";
export { findClang, type Clang } from "./find-clang.ts";
export { vmlinuxFolder } from "./vmlinux.ts";
