/** The libbpf in a kernel's sources, `tools/lib/bpf`. */
export interface KernelRelease {
  /** Mainline release: `6.18`. Stable updates of it keep their libbpf. */
  readonly kernel: string;
  /** Largest version of libbpf.map, or the Makefile's where there is no map: `1.7.0`. */
  readonly libbpf: string;
}

/** What a run of releases has in common. */
type Run = readonly [libbpf: string, ...kernels: readonly string[]];

/**
 * Kernel → libbpf in its sources, newest first. Read as appendix A of the article reads it: from libbpf.map of the
 * release's tree (5.0, 5.19, 6.0 to 6.2, 6.4, 6.5, 6.8, 6.9, 6.12, 6.13, 6.18, 6.19, 7.0, 7.1), from the Makefile (4.20),
 * else from the day on which libbpf.map got its next version (libbpf's history keeps the kernel's dates) and the merge
 * windows around it. The article gives 1.0.0 for 6.1; its libbpf.map ends with LIBBPF_1.1.0, which the user ring buffer
 * of that release began (2022-09-19).
 */
const runs: readonly Run[] = [
  ["1.8.0", "7.1"],
  ["1.7.0", "7.0", "6.19", "6.18", "6.17"],
  ["1.6.0", "6.16", "6.15", "6.14", "6.13"],
  ["1.5.0", "6.12", "6.11", "6.10"],
  ["1.4.0", "6.9", "6.8"],
  ["1.3.0", "6.7", "6.6", "6.5"],
  ["1.2.0", "6.4", "6.3"],
  ["1.1.0", "6.2", "6.1"],
  ["1.0.0", "6.0", "5.19"],
  ["0.8.0", "5.18"],
  ["0.7.0", "5.17"],
  ["0.6.0", "5.16"],
  ["0.5.0", "5.15", "5.14"],
  ["0.4.0", "5.13"],
  ["0.3.0", "5.12", "5.11"],
  ["0.2.0", "5.10"],
  ["0.1.0", "5.9"],
  ["0.0.9", "5.8"],
  ["0.0.8", "5.7"],
  ["0.0.7", "5.6"],
  ["0.0.6", "5.5"],
  ["0.0.5", "5.4"],
  ["0.0.4", "5.3"],
  ["0.0.3", "5.2"],
  ["0.0.2", "5.1"],
  [
    "0.0.1",
    "5.0",
    "4.20",
    "4.19",
    "4.18",
    "4.17",
    "4.16",
    "4.15",
    "4.14",
    "4.13",
    "4.12",
    "4.11",
    "4.10",
    "4.9",
  ],
];

/** Every mainline release from 4.9 on, newest first. */
export const kernelReleases: readonly KernelRelease[] = runs.flatMap(([libbpf, ...kernels]) =>
  kernels.map((kernel) => ({ kernel, libbpf })),
);
