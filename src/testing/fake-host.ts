import type { Btf } from "../format/btf/index.ts";
import { argumentError } from "../errors.ts";
import { arraySource } from "../format/bytes/index.ts";
import type { CodeMapping, Host, MappedFile, Privileges, ProbeKind } from "../kernel/host/index.ts";
import type { FakeKernel } from "./types.ts";
import { defaultFunctions, defaultInterfaces } from "./defaults.ts";
import { probeTypes } from "./probes.ts";
import { defaultTracepoints } from "./tracepoints.ts";
import { versionNumber } from "./versions.ts";

/** What the fake machine is like. */
export interface FakeHostOptions {
  /** `uname -r`, the same as the fake kernel's `version`; default `"6.18"`. */
  readonly release?: string;
  /** Default `x64`. */
  readonly architecture?: string;
  /** Bytes; default 4096. */
  readonly pageSize?: number;
  /** The kernel's types; default none. */
  readonly kernelBtf?: Btf;
  /** `CONFIG_…` → text; default: there is no file. */
  readonly kernelConfig?: Readonly<Record<string, string>>;
  /** /proc/kallsyms. */
  readonly kernelSymbols?: Readonly<Record<string, bigint | readonly bigint[]>>;
  /** Kernel functions; default: the fake kernel's. */
  readonly functions?: readonly string[];
  /** Network interfaces by name → index; default: the fake kernel's. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** CPU ids; default 0 to 3. */
  readonly possibleCpus?: readonly number[];
  /** Default: the possible ones. */
  readonly onlineCpus?: readonly number[];
  /** `category/name` → id; default: the fake kernel's. null: tracefs is not mounted. */
  readonly tracepoints?: Readonly<Record<string, number>> | null;
  /** The fake kernel whose probes through tracefs this host shows. Default: tracefs has no files for probes. */
  readonly kernel?: FakeKernel;
  /** Kinds of probes that have no PMU; kernels before 4.17 have none at all. */
  readonly withoutProbeEvents?: readonly ProbeKind[];
  /** Path → content, of executables and libraries; default none. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** The names that ld.so.cache gives libraries → path. */
  readonly libraries?: Readonly<Record<string, string>>;
  /** What processes have mapped as code, by id (0: this one). */
  readonly mapped?: Readonly<Record<number, readonly MappedFile[]>>;
  /** Ranges of code that processes have mapped, by id (0: this one). */
  readonly codeMappings?: Readonly<Record<number, readonly CodeMapping[]>>;
  /** Processes that see other mounts. */
  readonly otherMounts?: readonly number[];
  /** Environment variables; default none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Processes that run, by id; default 4242, which is the fake kernel's own. */
  readonly processes?: readonly number[];
  /** Path → `f_type`; default: bpffs at /sys/fs/bpf. */
  readonly fileSystems?: Readonly<Record<string, number>>;
  /** What differs from root without limits. */
  readonly privileges?: Partial<Privileges>;
}

/** BPF_FS_MAGIC (include/uapi/linux/magic.h). */
const BPF_FS_MAGIC = 0xcafe4a11;

/** A machine in memory: give it together with `fakeKernel()` to what takes a `host`. */
export function fakeHost(options: FakeHostOptions = {}): Host {
  const release = options.release ?? "6.18";
  const possible = options.possibleCpus ?? [0, 1, 2, 3];
  const tracepoints = options.tracepoints === undefined ? defaultTracepoints : options.tracepoints;
  const fileSystems = options.fileSystems ?? { "/sys/fs/bpf": BPF_FS_MAGIC };
  const config = options.kernelConfig;
  return {
    release,
    architecture: options.architecture ?? "x64",
    pageSize: options.pageSize ?? 4096,
    kernelVersion: () => versionNumber(release),
    kernelBtf: () => options.kernelBtf,
    kernelConfig: () => (config === undefined ? undefined : new Map(Object.entries(config))),
    kernelSymbols: (names) => symbolsOf(options.kernelSymbols ?? {}, names),
    kernelFunctions: () => options.functions ?? defaultFunctions,
    traceableFunctions: () =>
      (options.functions ?? defaultFunctions).map((name) => ({ name, address: undefined })),
    interfaces: () => Object.keys(options.interfaces ?? defaultInterfaces),
    possibleCpus: () => possible,
    onlineCpus: () => options.onlineCpus ?? possible,
    tracefs: () => (tracepoints === null ? undefined : "/sys/kernel/tracing"),
    tracepointId: (category, name) =>
      tracepoints?.[`${category}/${name}`] ?? options.kernel?.probeId(`${category}/${name}`),
    tracepoints: () => Object.keys(tracepoints ?? {}),
    probeEvents: (kind) =>
      versionNumber(release) < versionNumber("4.17") || options.withoutProbeEvents?.includes(kind) === true
        ? undefined
        : {
            type: probeTypes[kind],
            returnBit: 0,
            refCtrShift:
              kind === "uprobe" && versionNumber(release) >= versionNumber("4.20") ? 32 : undefined,
          },
    probeDefinitions: (kind) => (tracepoints === null ? undefined : options.kernel?.probeDefinitions(kind)),
    isRunning: (pid) => (options.processes ?? [4242]).includes(pid),
    pidNamespace: () => 4026531836,
    openFile: (path) => {
      const bytes = options.files?.[path];
      if (bytes === undefined) throw argumentError("expected a readable file, found none").within(path);
      return { ...arraySource(bytes), close: () => {} };
    },
    hasFile: (path) => options.files?.[path] !== undefined,
    realPath: (path) => path,
    environment: (name) => options.environment?.[name],
    cachedLibraries: (below) =>
      below === "" ? Object.entries(options.libraries ?? {}).map(([name, path]) => ({ name, path })) : [],
    mappedCode: (pid) => options.mapped?.[pid],
    codeMappings: (pid) => options.codeMappings?.[pid],
    sharesMounts: (pid) => options.otherMounts?.includes(pid) !== true,
    fileSystemType: (path) => fileSystems[mountOf(Object.keys(fileSystems), path)],
    privileges: () => ({ ...root, ...options.privileges }),
  };
}

const root: Privileges = {
  capabilities: new Set(["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_RESOURCE"]),
  unprivilegedBpfDisabled: 2,
  perfEventParanoid: 2,
  lockdown: "none",
  memlock: Number.POSITIVE_INFINITY,
  seccomp: 0,
  initialUserNamespace: true,
};

function symbolsOf(
  all: Readonly<Record<string, bigint | readonly bigint[]>>,
  names: readonly string[],
): ReadonlyMap<string, readonly bigint[]> {
  const found = new Map<string, readonly bigint[]>();
  for (const name of names) {
    const address = all[name];
    if (address !== undefined) found.set(name, typeof address === "bigint" ? [address] : address);
  }
  return found;
}

/** The longest mount point that holds the path. */
function mountOf(mounts: readonly string[], path: string): string {
  const holding = mounts.filter((mount) => path === mount || path.startsWith(`${mount}/`));
  return holding.sort((a, b) => b.length - a.length)[0] ?? "";
}
