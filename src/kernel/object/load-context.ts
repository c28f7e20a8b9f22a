import type { ObjectSpec } from "../../program/spec/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import type { Features } from "./features.ts";
import type { LoadScope } from "./load-scope.ts";
import type { LoadSettings } from "./load-options.ts";
import type { StructOpsLayout } from "./struct-ops-layout.ts";
import type { ThisMachine } from "./this-machine.ts";

/** What every step of a load needs. */
export interface LoadContext {
  readonly spec: ObjectSpec;
  readonly settings: LoadSettings;
  readonly kernel: Kernel;
  readonly host: Host;
  readonly features: Features;
  readonly machine: ThisMachine;
  readonly scope: LoadScope;
  /** The object's BTF in the kernel; 0 = none. */
  readonly btfFd: number;
  /** The fd of a BPF token; undefined: capabilities have to do. */
  readonly tokenFd: number | undefined;
  /** By map name. */
  readonly structOps: ReadonlyMap<string, StructOpsLayout>;
  /** What a reader of the result should know. */
  readonly notes: string[];
}
