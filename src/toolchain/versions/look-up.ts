import { argumentError } from "../../errors.ts";
import { nearest } from "../../suggestion.ts";
import { kernelReleases, type KernelRelease } from "./kernel-table.ts";
import { kernelMilestones, libbpfMilestones, treeMilestones, type Milestone } from "./milestones.ts";

/** A release of the kernel, the libbpf in its sources, and what both brought. */
export interface Version extends KernelRelease {
  /** The kernel's and its tree's. */
  readonly brought: readonly Milestone[];
  /** That libbpf's; only with the first kernel that has it. */
  readonly libbpfBrought: readonly Milestone[];
}

/** Where a release number is in a text: `6.1.192-2`, `v6.1`, `kernel-6.1` → `6.1`. */
export function kernelOf(text: string): string | undefined {
  const match = /^(?:v|linux-|kernel-)?(\d+)\.(\d+)(?:[.\-+~_].*|-rc\d+)?$/.exec(text.trim());
  return match === null ? undefined : `${match[1]}.${match[2]}`;
}

/** The row of a kernel release; a refusal names the nearest one. */
export function requireKernel(text: string): Version {
  const kernel = kernelOf(text);
  const row = kernelReleases.find((candidate) => candidate.kernel === kernel);
  if (row !== undefined) return withMilestones(row);
  const known = kernelReleases.map((candidate) => candidate.kernel);
  throw argumentError(
    kernel === undefined
      ? `expected a kernel release such as 6.1, found "${text}"`
      : `no kernel ${kernel} in the table`,
    near(kernel ?? text, known),
  );
}

/** Every release of the table, newest first. */
export function allVersions(): readonly Version[] {
  return kernelReleases.map(withMilestones);
}

/** The kernels that have this libbpf (`1.0`, `v1.0.0`, `LIBBPF_1.0.0`) in their sources; at least one. */
export function requireLibbpf(text: string): readonly Version[] {
  const version = libbpfOf(text);
  const rows = kernelReleases.filter(({ libbpf }) => libbpf === version);
  if (rows.length > 0) return rows.map(withMilestones);
  const known = [...new Set(kernelReleases.map(({ libbpf }) => libbpf))];
  throw argumentError(
    version === undefined
      ? `expected a libbpf version such as 1.0, found "${text}"`
      : `no kernel has libbpf ${version} in its sources`,
    near(version ?? text, known),
  );
}

/** What a libbpf version of the table brought. */
export function libbpfBrought(version: string): readonly Milestone[] {
  return libbpfMilestones.filter(({ since }) => since === version);
}

/** Patch releases (1.0.1) are libbpf's own and in no kernel: they count as the version that they patch. */
function libbpfOf(text: string): string | undefined {
  const match = /^(?:v|libbpf[_-])?(\d+)\.(\d+)(?:\.(\d+))?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, major = "", minor = "", patch = "0"] = match;
  // Before 0.1 the patch level was what counted.
  return major === "0" && minor === "0" ? `0.0.${patch}` : `${major}.${minor}.0`;
}

function near(text: string, known: readonly string[]): string {
  const found = nearest(text, known);
  return found === undefined
    ? `the table goes from ${known.at(-1) ?? ""} to ${known[0] ?? ""}`
    : `did you mean "${found}"?`;
}

function withMilestones(row: KernelRelease): Version {
  const isFirst = kernelReleases.findLast(({ libbpf }) => libbpf === row.libbpf) === row;
  const here = ({ since }: Milestone): boolean => since === row.kernel;
  return {
    ...row,
    brought: [...kernelMilestones.filter(here), ...treeMilestones.filter(here)],
    libbpfBrought: isFirst ? libbpfBrought(row.libbpf) : [],
  };
}
