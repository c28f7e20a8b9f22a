export { generateDeclarations, generateModule } from "./generate-module.ts";
