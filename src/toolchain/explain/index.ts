export { explainCompile, type CompileExplanation } from "./explain-compile.ts";
