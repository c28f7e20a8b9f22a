export { compile, type Compiled } from "./compile.ts";
export { parseDiagnostics } from "./diagnostics.ts";
export { findClang } from "./find-clang.ts";
export { vmlinuxFolder } from "./vmlinux.ts";
