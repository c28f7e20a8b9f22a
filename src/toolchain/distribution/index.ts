export {
  distributionOf,
  installCommands,
  installSentence,
  readDistribution,
  type Distribution,
} from "./distribution.ts";
