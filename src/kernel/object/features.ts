import type { BtfType } from "../../format/btf/index.ts";
import type { MachineFeatures } from "../../program/relocate/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { probeBtf, probeGlobalData, probeHelper, type ProbeAnswer } from "./feature-probes.ts";
import { probeUprobeMulti } from "./uprobe-probes.ts";

/** What can be asked for: what preparing an object depends on, and what attaching does. */
export type FeatureName = keyof MachineFeatures | "uprobeMulti";

/** A kernel feature: its name for people, the first release that has it, and how to find out. */
interface Feature {
  readonly name: string;
  readonly since: string;
  readonly probe: (kernel: Kernel, host: Host) => ProbeAnswer;
}

const int: BtfType = { kind: "int", name: "int", size: 4, bits: 32, offset: 0, encoding: "signed" };
const prototype: BtfType = { kind: "func_proto", name: "", returnType: 0, parameters: [] };
const variable: BtfType = { kind: "var", name: "v", type: 1, linkage: "static" };

/** `.data` with one variable: the name is what Linux 6.12 and later allow a `?` in. */
function section(name: string): BtfType {
  return { kind: "datasec", name, size: 4, variables: [{ type: 2, offset: 0, size: 4 }] };
}

/** One row a feature. Releases are mainline's; distributions backport, so the probe decides, never the release. */
const table: Readonly<Record<FeatureName, Feature>> = {
  bpfCookie: {
    name: "attach cookies (bpf_get_attach_cookie)",
    since: "5.15",
    probe: (kernel) => probeHelper(kernel, "tracepoint", "BPF_FUNC_get_attach_cookie"),
  },
  syscallWrapper: {
    name: "system call wrappers",
    since: "4.17",
    // Names are in /proc/kallsyms even where kptr_restrict hides the addresses.
    probe: (_, host) => host.kernelSymbols(wrappers).size > 0,
  },
  probeReadKernel: {
    name: "bpf_probe_read_kernel",
    since: "5.5",
    probe: (kernel) => probeHelper(kernel, "tracepoint", "BPF_FUNC_probe_read_kernel"),
  },
  globalData: { name: "global variables", since: "5.2", probe: probeGlobalData },
  btf: { name: "BTF", since: "4.18", probe: (kernel) => probeBtf(kernel, [int]) },
  btfFunc: {
    name: "BTF of functions",
    since: "5.0",
    probe: (kernel) =>
      probeBtf(kernel, [int, prototype, { kind: "func", name: "f", type: 2, linkage: "static" }]),
  },
  btfFuncGlobal: {
    name: "BTF of global functions",
    since: "5.6",
    probe: (kernel) =>
      probeBtf(kernel, [int, prototype, { kind: "func", name: "f", type: 2, linkage: "global" }]),
  },
  btfDatasec: {
    name: "BTF of data sections",
    since: "5.2",
    probe: (kernel) => probeBtf(kernel, [int, variable, section(".data")]),
  },
  btfFloat: {
    name: "BTF of floating point types",
    since: "5.13",
    probe: (kernel) => probeBtf(kernel, [{ kind: "float", name: "float", size: 4 }]),
  },
  btfDeclTag: {
    name: "BTF declaration tags",
    since: "5.16",
    probe: (kernel) =>
      probeBtf(kernel, [
        int,
        variable,
        { kind: "decl_tag", name: "t", type: 2, component: -1, attribute: false },
      ]),
  },
  btfTypeTag: {
    name: "BTF type tags",
    since: "5.17",
    probe: (kernel) =>
      probeBtf(kernel, [
        int,
        { kind: "type_tag", name: "t", type: 1, attribute: false },
        { kind: "ptr", name: "", type: 2, attribute: false },
      ]),
  },
  btfEnum64: {
    name: "BTF of 64-bit enums",
    since: "6.0",
    probe: (kernel) =>
      probeBtf(kernel, [
        { kind: "enum64", name: "e", size: 8, signed: false, values: [{ name: "E", value: 1n }] },
      ]),
  },
  btfQmarkDatasec: {
    name: "BTF section names with a question mark",
    since: "6.12",
    probe: (kernel) => probeBtf(kernel, [int, variable, section("?.data")]),
  },
  uprobeMulti: {
    name: "links of many uprobes that heed the process",
    since: "6.6",
    probe: probeUprobeMulti,
  },
};

/** One of them exists on each architecture that has wrappers at all. */
const wrappers = ["__x64_sys_bpf", "__arm64_sys_bpf", "__s390x_sys_bpf", "__riscv_sys_bpf"];

/** The members of BTF that sanitising depends on: asked for only once the kernel has refused an object's BTF. */
const btfMembers: ReadonlySet<keyof MachineFeatures> = new Set<keyof MachineFeatures>([
  "btfFunc",
  "btfFuncGlobal",
  "btfDatasec",
  "btfFloat",
  "btfDeclTag",
  "btfTypeTag",
  "btfEnum64",
  "btfQmarkDatasec",
]);

/**
 * What a kernel can. Each feature is probed when it is first asked for; only conclusive answers are kept. A probe that
 * says nothing counts as "there", so that the real call is tried and its refusal is explained.
 */
export class Features {
  private readonly kernel: Kernel;
  private readonly host: Host;
  private readonly known = new Map<FeatureName, boolean>();

  constructor(kernel: Kernel, host: Host) {
    this.kernel = kernel;
    this.host = host;
  }

  has(feature: FeatureName): boolean {
    return this.answer(feature) ?? true;
  }

  /** undefined: the kernel refused for a reason that says nothing about the feature. */
  answer(feature: FeatureName): ProbeAnswer {
    const known = this.known.get(feature);
    if (known !== undefined) return known;
    const found = table[feature].probe(this.kernel, this.host);
    if (found !== undefined) this.known.set(feature, found);
    return found;
  }

  /**
   * For preparing an object. `careful` false supposes that the kernel knows all of BTF, which costs no probe; after
   * a refused BPF_BTF_LOAD the object is prepared again with `careful` true.
   */
  forPreparing(careful: boolean): MachineFeatures {
    const answers = {};
    for (const feature of Object.keys(table) as (keyof MachineFeatures)[]) {
      const supposed = !careful && (feature === "btf" || btfMembers.has(feature));
      Object.defineProperty(answers, feature, {
        enumerable: true,
        get: () => supposed || this.has(feature),
      });
    }
    // Each key of the table, and so of MachineFeatures, has just been defined.
    return answers as MachineFeatures;
  }
}

/** Answers per kernel: a kernel does not change while the process runs, and a fake one is another object. */
const perKernel = new WeakMap<Kernel, Features>();

/** The features of this kernel, shared by all who ask. */
export function featuresOf(kernel: Kernel, host: Host): Features {
  let features = perKernel.get(kernel);
  if (features === undefined) perKernel.set(kernel, (features = new Features(kernel, host)));
  return features;
}
