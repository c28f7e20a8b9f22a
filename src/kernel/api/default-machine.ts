import { nativeHost, type Host } from "../host/index.ts";
import { nativeKernel, type Kernel } from "../sys/index.ts";

/** Where to load, attach and read: this machine, unless a test or another door says otherwise. */
export interface MachineOptions {
  /** Default: this machine's kernel, through the native addon. */
  readonly kernel?: Kernel | undefined;
  /** Default: this machine's files. Give both or none: they should be of one machine. */
  readonly host?: Host | undefined;
}

/** A kernel and the files that describe it. */
export interface KernelAndHost {
  readonly kernel: Kernel;
  readonly host: Host;
}

/**
 * The one machine that a process runs on. It is kept so that objects which are loaded one after the other share the
 * index of the kernel's types (10 ms) and the answers of feature probes; it is made when it is first needed.
 */
let native: KernelAndHost | undefined;

/** Fills in what the options leave open. */
export function machineOf({ kernel, host }: MachineOptions): KernelAndHost {
  if (kernel !== undefined) return { kernel, host: host ?? nativeHost({ kernel }) };
  if (native === undefined) {
    const own = nativeKernel();
    native = { kernel: own, host: nativeHost({ kernel: own }) };
  }
  return host === undefined ? native : { kernel: native.kernel, host };
}
