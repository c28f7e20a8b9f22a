import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";

/** What attaching needs of a loaded program. */
export interface Attachable {
  readonly kernel: Kernel;
  readonly host: Host;
  readonly name: string;
  readonly fd: number;
}

/** Options of every way to attach. */
export interface AttachOptions {
  /** What `bpf_get_attach_cookie()` answers in the program (Linux 5.15; raw tracepoints 6.10): unsigned 64 bits. */
  readonly cookie?: bigint | number | undefined;
}

/** Internal: what a {@link Link} calls when it is detached. */
export interface AttachHooks {
  readonly afterClose?: (() => void) | undefined;
}
