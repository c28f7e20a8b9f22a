export {
  allVersions,
  kernelOf,
  libbpfBrought,
  requireKernel,
  requireLibbpf,
  type Version,
} from "./look-up.ts";
export type { Milestone } from "./milestones.ts";
export { readSourceVersion, type SourceVersion } from "./read-source.ts";
