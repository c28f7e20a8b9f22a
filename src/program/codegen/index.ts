export { generateModule, type GenerateOptions } from "./generate-module.ts";
