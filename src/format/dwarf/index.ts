export { readDeclarations, type Declaration } from "./read-declarations.ts";
