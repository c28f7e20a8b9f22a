import type { TsbpfError } from "../../errors.ts";
import { NativeError } from "../../errors.ts";
import type { Machine } from "./machine.ts";

/** `failed` stops tsbpf from working; `warning` stops some programs; `not applicable` could or need not be judged. */
export type State = "ok" | "warning" | "failed" | "not applicable";

/** What would put it right: commands for root, in order. */
export interface Fix {
  /** `mount tracefs` */
  readonly what: string;
  readonly commands: readonly (readonly string[])[];
}

/** What a check found. */
export interface Finding {
  readonly state: State;
  readonly found: string;
  /** One sentence; a finding that is not ok has one where something can be done. */
  readonly remedy?: string | undefined;
  readonly fix?: Fix | undefined;
}

/** One question about the machine. */
export interface Check {
  readonly name: string;
  readonly look: (machine: Machine) => Finding;
}

/** Questions of one kind. */
export interface Group {
  readonly name: string;
  /** Asked on Linux only. */
  readonly linux: boolean;
  readonly checks: readonly Check[];
}

export function ok(found: string): Finding {
  return { state: "ok", found };
}

export function notApplicable(found: string, remedy?: string): Finding {
  return { state: "not applicable", found, remedy };
}

/** What an error says, as a finding. */
export function fromError(state: State, error: TsbpfError, fix?: Fix): Finding {
  const remedy = error instanceof NativeError ? error.solutions[0] : error.remedy;
  return { state, found: error.detail, remedy, fix };
}
