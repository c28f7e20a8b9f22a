import { abilityGroup } from "./ability-checks.ts";
import type { Finding, Fix, Group } from "./finding.ts";
import { kernelGroup } from "./kernel-checks.ts";
import type { Machine } from "./machine.ts";
import { mountGroup } from "./mount-checks.ts";
import { privilegeGroup } from "./privilege-checks.ts";
import { runtimeGroup, toolchainGroup } from "./runtime-checks.ts";

/** One line of the examination. */
export interface Examined extends Finding {
  readonly group: string;
  readonly name: string;
}

/** What a look at a machine gave. */
export interface Examination {
  readonly checks: readonly Examined[];
  /** No check failed. */
  readonly ready: boolean;
}

/** In the order in which one thing needs the other. */
const groups: readonly Group[] = [
  runtimeGroup,
  kernelGroup,
  privilegeGroup,
  mountGroup,
  abilityGroup,
  toolchainGroup,
];

/** Looks at everything; changes nothing, and takes back what it tries. */
export function examine(machine: Machine): Examination {
  const checks = groups.flatMap(({ name: group, linux, checks }) =>
    checks.map(({ name, look }): Examined => {
      const counts = !linux || machine.platform === "linux";
      return { group, name, ...(counts ? look(machine) : elsewhere) };
    }),
  );
  return { checks, ready: checks.every(({ state }) => state !== "failed") };
}

const elsewhere: Finding = { state: "not applicable", found: "counts on Linux only" };

/** What could be put right, each once. */
export function fixesOf({ checks }: Examination): readonly Fix[] {
  return checks.map(({ fix }) => fix).filter((fix) => fix !== undefined);
}
