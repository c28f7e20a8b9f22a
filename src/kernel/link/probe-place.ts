import type { ProbeKind } from "../host/index.ts";
import type { Situation } from "../object/index.ts";

/** A kernel function, or a place in a file, to put a probe on. */
export interface Probe {
  readonly kind: ProbeKind;
  /** The function, or the file's path. */
  readonly name: string;
  /** Bytes from the function's start, or in the file. */
  readonly offset: number;
  /** Whether the program runs when the function returns. */
  readonly isReturn: boolean;
  /** For messages: `uprobe /bin/bash:readline`. */
  readonly target: string;
  /** -1 or undefined: all processes. 0: this one. */
  readonly pid?: number | undefined;
  /** uprobes: offset in the file of a counter that the kernel raises while the probe is there (Linux 4.20). */
  readonly refCtrOffset?: number | undefined;
  /** kretprobes: how many calls may be running at once; only tracefs takes it. */
  readonly maxActive?: number | undefined;
  /** What errnos mean here. */
  readonly meanings: NonNullable<Situation["meanings"]>;
}
