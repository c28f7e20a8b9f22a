import { arch, release as osRelease, version as osVersion } from "node:os";
import type { Btf } from "../../format/btf/index.ts";
import type { Kernel } from "../sys/index.ts";
import type {
  CachedLibrary,
  CodeMapping,
  Host,
  MappedFile,
  OpenFile,
  Privileges,
  ProbeEvents,
  ProbeKind,
  TraceableFunction,
} from "./host.ts";
import { parseCpuList } from "./cpu-list.ts";
import { readKernelBtf } from "./kernel-btf.ts";
import { readKernelConfig } from "./kernel-config.ts";
import { readKernelFunctions, readTraceableFunctions } from "./kernel-functions.ts";
import { readKernelSymbols } from "./kernel-symbols.ts";
import { parseInterfaces } from "./interfaces.ts";
import { parseKernelVersion } from "./kernel-version.ts";
import { MachineFiles } from "./machine-files.ts";
import { readPageSize } from "./page-size.ts";
import { readPrivileges } from "./privileges.ts";
import { readProbeDefinitions, readProbeEvents } from "./probe-events.ts";
import { openFile } from "./open-file.ts";
import { parseLibraryCache } from "./library-cache.ts";
import { parseCodeMappings, parseMappedCode, readNamespace } from "./process.ts";
import { findTraceFileSystem, readTracepointId, readTracepoints } from "./trace-file-system.ts";

/** How {@link nativeHost} reads. */
export interface NativeHostOptions {
  /** Maps the kernel's BTF instead of reading it; it is called for nothing else. */
  readonly kernel?: Kernel | undefined;
  /** A directory that stands for `/`, for tests. */
  readonly root?: string | undefined;
}

/**
 * This machine as its files describe it. Nothing is read before it is asked for; what cannot change while the system
 * runs (types, configuration, CPUs, page size) is kept by the instance, the rest is read each time.
 */
export function nativeHost(options: NativeHostOptions = {}): Host {
  return new NativeHost(options);
}

class NativeHost implements Host {
  readonly release: string = osRelease();
  readonly architecture: string = arch();
  private readonly files: MachineFiles;
  private readonly kernel: Kernel | undefined;
  private readonly kept = new Map<string, unknown>();

  constructor(options: NativeHostOptions) {
    this.files = new MachineFiles(options.root);
    this.kernel = options.kernel;
  }

  get pageSize(): number {
    return this.once("page size", () => readPageSize(this.files));
  }

  kernelVersion(): number {
    return this.once("version", () =>
      parseKernelVersion({
        release: this.release,
        version: osVersion(),
        signature: this.files.text("/proc/version_signature"),
      }),
    );
  }

  kernelBtf(): Btf | undefined {
    return this.once("btf", () => readKernelBtf(this.files, this.release, this.kernel));
  }

  kernelConfig(): ReadonlyMap<string, string> | undefined {
    return this.once("config", () => readKernelConfig(this.files, this.release));
  }

  kernelSymbols(names: readonly string[]): ReadonlyMap<string, readonly bigint[]> {
    return readKernelSymbols(this.files, names);
  }

  kernelFunctions(): readonly string[] {
    return readKernelFunctions(this.files);
  }

  traceableFunctions(): readonly TraceableFunction[] | undefined {
    const tracefs = this.tracefs();
    return tracefs === undefined ? undefined : readTraceableFunctions(this.files, tracefs);
  }

  interfaces(): readonly string[] {
    return parseInterfaces(this.files.text("/proc/self/net/dev") ?? "");
  }

  possibleCpus(): readonly number[] {
    return this.once("possible", () => this.cpus("possible"));
  }

  /** CPUs come and go: read each time. */
  onlineCpus(): readonly number[] {
    return this.cpus("online");
  }

  tracefs(): string | undefined {
    return findTraceFileSystem(this.files);
  }

  tracepointId(category: string, name: string): number | undefined {
    const tracefs = this.tracefs();
    return tracefs === undefined ? undefined : readTracepointId(this.files, tracefs, category, name);
  }

  tracepoints(): readonly string[] {
    const tracefs = this.tracefs();
    return tracefs === undefined ? [] : readTracepoints(this.files, tracefs);
  }

  probeEvents(kind: ProbeKind): ProbeEvents | undefined {
    return this.once(`${kind} events`, () => readProbeEvents(this.files, kind));
  }

  probeDefinitions(kind: ProbeKind): readonly string[] | undefined {
    const tracefs = this.tracefs();
    return tracefs === undefined ? undefined : readProbeDefinitions(this.files, tracefs, kind);
  }

  isRunning(pid: number): boolean {
    return this.files.text(`/proc/${pid}/stat`) !== undefined;
  }

  pidNamespace(): number | undefined {
    return readNamespace(this.files, "self", "pid");
  }

  openFile(path: string): OpenFile {
    return openFile(path, this.files.path(path));
  }

  hasFile(path: string, access: "read" | "execute"): boolean {
    return this.files.isFile(path, access);
  }

  realPath(path: string): string {
    return this.files.real(path);
  }

  environment(name: string): string | undefined {
    return process.env[name];
  }

  cachedLibraries(root: string): readonly CachedLibrary[] {
    const bytes = this.files.bytes(`${root}/etc/ld.so.cache`);
    return bytes === undefined ? [] : parseLibraryCache(bytes, this.architecture);
  }

  mappedCode(pid: number): readonly MappedFile[] | undefined {
    const text = this.files.text(`/proc/${pid === 0 ? "self" : pid}/maps`);
    return text === undefined ? undefined : parseMappedCode(text);
  }

  codeMappings(pid: number): readonly CodeMapping[] | undefined {
    const text = this.files.text(`/proc/${pid === 0 ? "self" : pid}/maps`);
    return text === undefined ? undefined : parseCodeMappings(text);
  }

  sharesMounts(pid: number): boolean {
    const theirs = readNamespace(this.files, pid === 0 ? "self" : pid, "mnt");
    return theirs === undefined || theirs === readNamespace(this.files, "self", "mnt");
  }

  fileSystemType(path: string): number | undefined {
    return this.files.fileSystemType(path);
  }

  privileges(): Privileges {
    return readPrivileges(this.files);
  }

  /** Without sysfs (a bare chroot) one CPU is what can be known. */
  private cpus(which: "possible" | "online"): readonly number[] {
    return parseCpuList(this.files.text(`/sys/devices/system/cpu/${which}`) ?? "0");
  }

  private once<T>(name: string, read: () => T): T {
    if (!this.kept.has(name)) this.kept.set(name, read());
    // What is under a name was put there by the same call site.
    return this.kept.get(name) as T;
  }
}
