export { bundleEntry, type Bundle, type BundleOptions, type BundleStep } from "./bundle-entry.ts";
export { type EmbeddedObject } from "./build-objects.ts";
