export { requireTemplate, scaffold } from "./scaffold.ts";
export { templates } from "./templates.ts";
