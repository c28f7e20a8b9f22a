export { refusal } from "./refusal.ts";
export { sourceModule } from "./source-module.ts";
