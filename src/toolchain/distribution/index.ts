export {
  distributionOf,
  installCommands,
  installSentence,
  readDistribution,
  type Distribution,
  type PackageManager,
} from "./distribution.ts";
