import type { Btf } from "../../format/btf/index.ts";
import type { Machine, MachineFeatures, ModuleBtf } from "../../program/relocate/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import type { Features } from "./features.ts";
import { readModuleBtfs } from "./module-btf.ts";

/** What the user may put in place of what this machine says. */
export interface MachineOverrides {
  /** Types of the kernel, for kernels without BTF. */
  readonly btf?: Btf | undefined;
  /** Values that go before those of the kernel's configuration file (RULES 25). */
  readonly kconfig?: ReadonlyMap<string, string> | undefined;
}

/**
 * This machine as relocation asks for it. Everything is read when it is asked for and not before: most programs need
 * neither the kernel's types nor its configuration, symbols or modules (RULES 17, "only if needed").
 */
export class ThisMachine implements Machine {
  readonly customBtf: boolean;
  readonly features: MachineFeatures;
  private readonly kernel: Kernel;
  private readonly host: Host;
  private readonly overrides: MachineOverrides;
  private moduleBtfs: readonly ModuleBtf[] | undefined;

  constructor(kernel: Kernel, host: Host, features: Features, overrides: MachineOverrides, careful: boolean) {
    this.kernel = kernel;
    this.host = host;
    this.overrides = overrides;
    this.customBtf = overrides.btf !== undefined;
    this.features = features.forPreparing(careful);
  }

  get btf(): Btf | undefined {
    return this.overrides.btf ?? this.host.kernelBtf();
  }

  /** Kernel functions and typed variables are ids of the kernel that runs, whatever types stand in for it. */
  get runningBtf(): Btf | undefined {
    return this.host.kernelBtf();
  }

  get kernelVersion(): number {
    return this.host.kernelVersion();
  }

  modules(): readonly ModuleBtf[] {
    if (this.moduleBtfs === undefined) {
      const base = this.host.kernelBtf();
      this.moduleBtfs = base === undefined ? [] : readModuleBtfs(this.kernel, this.host, base);
    }
    return this.moduleBtfs;
  }

  kconfig(): ReadonlyMap<string, string> | undefined {
    const { kconfig } = this.overrides;
    const config = this.host.kernelConfig();
    if (kconfig === undefined) return config;
    return new Map([...(config ?? []), ...kconfig]);
  }

  symbols(names: readonly string[]): ReadonlyMap<string, readonly bigint[]> {
    return this.host.kernelSymbols(names);
  }
}
