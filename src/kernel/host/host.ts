import type { ByteSource } from "../../format/bytes/index.ts";
import type { Btf } from "../../format/btf/index.ts";

/** This machine, read and never changed. One instance caches what it read; the fake host answers from data. */
export interface Host {
  /** `uname -r` */
  readonly release: string;
  /** Node's name of the architecture: `x64`, `arm64`. */
  readonly architecture: string;
  /** Bytes. */
  readonly pageSize: number;
  /** `KERNEL_VERSION(a,b,c)` as old kernels check it (RULES 26). */
  kernelVersion(): number;
  /** The kernel's own types (RULES 45), mapped, indexed once, shared; undefined if the kernel has none. */
  kernelBtf(): Btf | undefined;
  /** `CONFIG_…` → text (RULES 25); undefined if there is no file to read. */
  kernelConfig(): ReadonlyMap<string, string> | undefined;
  /** Addresses in /proc/kallsyms (RULES 27). */
  kernelSymbols(names: readonly string[]): ReadonlyMap<string, readonly bigint[]>;
  /** CPU ids; sets may have gaps (RULES 76). */
  possibleCpus(): readonly number[];
  /** CPU ids that run now; read each time. */
  onlineCpus(): readonly number[];
  /** The tracefs mount point that holds `events/`; undefined if none is mounted. */
  tracefs(): string | undefined;
  /** `events/CATEGORY/NAME/id`; undefined if there is no such tracepoint. */
  tracepointId(category: string, name: string): number | undefined;
  /** Names of tracepoints as `category/name`, for suggestions and lists. */
  tracepoints(): readonly string[];
  /** Names of all kernel functions in /proc/kallsyms, those of modules too; each once. */
  kernelFunctions(): readonly string[];
  /** The functions that ftrace can trace, with addresses on Linux 6.5 and later; undefined if tracefs does not say. */
  traceableFunctions(): readonly TraceableFunction[] | undefined;
  /** Names of the network interfaces in this process's network namespace. */
  interfaces(): readonly string[];
  /** The perf PMU that opens kprobes or uprobes (Linux 4.17, RULES 54); undefined if this kernel has none. */
  probeEvents(kind: ProbeKind): ProbeEvents | undefined;
  /** The lines of tracefs' `kprobe_events` or `uprobe_events`; undefined if there is no such file or it may not be read. */
  probeDefinitions(kind: ProbeKind): readonly string[] | undefined;
  /** Whether a process with this id exists in this process's PID namespace. */
  isRunning(pid: number): boolean;
  /** The number of this process's PID namespace; undefined without /proc. */
  pidNamespace(): number | undefined;
  /** Opens a file to read pieces of it; the caller closes it. ARGUMENT: it cannot be opened, with the reason. */
  openFile(path: string): OpenFile;
  /** Whether there is a regular file that this process may read, or also execute. */
  hasFile(path: string, access: "read" | "execute"): boolean;
  /** The path without symbolic links; the path itself where there is nothing. */
  realPath(path: string): string;
  /** A variable of this process's environment. */
  environment(name: string): string | undefined;
  /** What the dynamic linker finds by name for this architecture: `ld.so.cache` below `root`, in its order. */
  cachedLibraries(root: string): readonly CachedLibrary[];
  /** The files that a process has mapped as code (0: this one); undefined if that cannot be read. */
  mappedCode(pid: number): readonly MappedFile[] | undefined;
  /** Every range of code that a process has mapped from a file (0: this one); undefined if that cannot be read. */
  codeMappings(pid: number): readonly CodeMapping[] | undefined;
  /** Whether a process sees the same mounts as this one; true for what cannot be read. */
  sharesMounts(pid: number): boolean;
  /** `f_type` of statfs(2); undefined if the path does not exist. */
  fileSystemType(path: string): number | undefined;
  /** Capability sets and sysctls that explain a refusal. */
  privileges(): Privileges;
}

/** Probes of kernel functions or of functions in files. */
export type ProbeKind = "kprobe" | "uprobe";

/** How perf_event_open(2) takes probes: `/sys/bus/event_source/devices/KIND`. */
export interface ProbeEvents {
  /** `perf_event_attr.type` */
  readonly type: number;
  /** The bit of `config` that makes it a return probe. */
  readonly returnBit: number;
  /** The lowest bit of `config` that holds the offset of a reference counter; undefined: it takes none (before 4.20). */
  readonly refCtrShift: number | undefined;
}

/** A function that ftrace can trace, and so a link to many functions. */
export interface TraceableFunction {
  /** As in `available_filter_functions`, without the module. */
  readonly name: string;
  /** Where ftrace's call is; undefined where the kernel does not say. */
  readonly address: bigint | undefined;
}

/** An open file. */
export interface OpenFile extends ByteSource {
  /** Idempotent. */
  close(): void;
}

/** A library that the dynamic linker knows by name. */
export interface CachedLibrary {
  /** `libc.so.6` */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** A file that a process has mapped. */
export interface MappedFile {
  /** As the process sees it. */
  readonly path: string;
  /** Whether it was removed or replaced since: the path then leads to another file, or to none. */
  readonly deleted: boolean;
  /** `START-END` of the first mapping, which names the file under /proc/PID/map_files. */
  readonly range: string;
}

/** A range of a file that a process has mapped as code. */
export interface CodeMapping extends MappedFile {
  /** Of its first byte, in the process. */
  readonly address: bigint;
  /** Bytes. */
  readonly size: number;
  /** In the file, in bytes. */
  readonly offset: number;
}

/** Why a system call may be refused; undefined = could not be read. */
export interface Privileges {
  /** Effective capabilities as names: `CAP_BPF`. */
  readonly capabilities: ReadonlySet<string>;
  /** kernel.unprivileged_bpf_disabled: 0 allowed, 1 refused until reboot, 2 refused (Linux 5.13). */
  readonly unprivilegedBpfDisabled: number | undefined;
  /** kernel.perf_event_paranoid: -1 to 2, the stricter the higher; some distributions go on to 4. */
  readonly perfEventParanoid: number | undefined;
  /** `none`, `integrity`, `confidentiality`. */
  readonly lockdown: string | undefined;
  /** RLIMIT_MEMLOCK, soft, bytes; Infinity = unlimited. */
  readonly memlock: number | undefined;
  /** Seccomp mode of this process: 0 off, 1 strict, 2 filter. */
  readonly seccomp: number | undefined;
  /** Whether this process lives in the initial user namespace. */
  readonly initialUserNamespace: boolean | undefined;
}
