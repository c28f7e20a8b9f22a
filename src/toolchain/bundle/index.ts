export {
  bundleEntry,
  type Bundle,
  type BundleOptions,
  type BundleOutcome,
  type BundleStep,
} from "./bundle-entry.ts";
export { type EmbeddedObject } from "./build-objects.ts";
