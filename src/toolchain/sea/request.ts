/** What becomes an executable. */
export interface ExecutableRequest {
  /** The text of the main script or module. */
  readonly code: string;
  /** Where the executable is written. */
  readonly output: string;
  /** Where npm packages are looked for. */
  readonly project: string;
  /** Told of each step before it is done. */
  readonly onStep: (step: ExecutableStep) => void;
}

/** A step on the way to the executable, as data. */
export interface ExecutableStep {
  readonly what: string;
  readonly why: string;
  /** The command that does it, where it is one. */
  readonly command?: readonly string[];
}

/** What was made. */
export interface Executable {
  /** Of the file. */
  readonly bytes: number;
  /** What runs the program in it: `node 26.1.0`. */
  readonly runtime: string;
}
