export { compile, compileArguments, headersFolder, type Compiled, type CompileOptions } from "./compile.ts";
export { parseDiagnostics } from "./diagnostics.ts";
export { findClang, type Clang } from "./find-clang.ts";
export { kernelBtfFile, vmlinuxFolder } from "./vmlinux.ts";
