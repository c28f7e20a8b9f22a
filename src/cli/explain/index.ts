export { bundleText } from "./bundle-text.ts";
export { compileText, objectText } from "./compile-text.ts";
export { loadText } from "./load-text.ts";
