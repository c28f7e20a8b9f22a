import { TsbpfError, argumentError } from "../errors.ts";
import { perfEventIoctls, perfTypeId, structs } from "../format/abi/index.ts";
import type { ProbeKind } from "../kernel/host/index.ts";
import type { Kernel, Reference, Watch } from "../kernel/sys/index.ts";
import { asciiOf, Attr } from "./attr.ts";
import { commands } from "./commands.ts";
import { errno } from "./errno.ts";
import { FdTable, type FakeObject } from "./fd-table.ts";
import { FakeLink } from "./link.ts";
import { IdTable, type Machine } from "./machine.ts";
import { FakeMap, type MapHome } from "./map.ts";
import { ObjectMap } from "./object-map.ts";
import { PerfEvent, type PerfRequest } from "./perf-event.ts";
import { describeProbe, probeTypes, TracedProbes, type FakeProbe } from "./probes.ts";
import { FakeBtf, FakeProgram } from "./program.ts";
import { FakeSocket } from "./socket.ts";
import { RingMap, UserRingMap, type RingReservation, type RingWakeup } from "./ring-map.ts";
import { defaultFunctions, defaultInterfaces } from "./defaults.ts";
import { defaultTracepoints } from "./tracepoints.ts";
import { KernelVersion } from "./versions.ts";
import type { FakeAttachment, FakeKernel, FakeKernelOptions } from "./types.ts";
import { FakeWatches } from "./watches.ts";

/** See {@link FakeKernel}. */
export function fakeKernel(options: FakeKernelOptions = {}): FakeKernel {
  return new MemoryKernel(options);
}

class MemoryKernel implements FakeKernel {
  private readonly privileged: boolean;
  private readonly cpus: readonly number[];
  private readonly tracepoints: Readonly<Record<string, number>>;
  private readonly machine: Machine;
  private readonly events = new Set<PerfEvent>();
  private readonly mappings = new Map<ArrayBuffer, { readonly object: FakeObject; count: number }>();
  private readonly watches = new FakeWatches();
  private readonly without: ReadonlySet<ProbeKind>;
  private readonly functions: ReadonlySet<string>;
  private readonly files: ReadonlySet<string> | undefined;
  private readonly traced = new TracedProbes((probe) => this.canProbe(probe));

  constructor(options: FakeKernelOptions) {
    this.without = new Set(options.without);
    this.functions = new Set(options.functions ?? defaultFunctions);
    this.files = options.files === undefined ? undefined : new Set(options.files);
    this.privileged = options.privileged ?? true;
    this.cpus = options.cpus ?? [0, 1, 2, 3];
    this.tracepoints = options.tracepoints ?? defaultTracepoints;
    const fds = new FdTable((object) => this.forget(object));
    const home: MapHome = {
      pageSize: options.pageSize ?? 4096,
      possibleCpus: this.cpus.length,
      hold: (fd) => {
        const object = fds.get(fd);
        if (object !== undefined) fds.hold(object);
        return object;
      },
      drop: (object) => fds.drop(object),
      wake: (object) => this.watches.wake(object),
    };
    this.machine = {
      version: new KernelVersion(options.version ?? "6.18"),
      fds,
      home,
      maps: new IdTable(),
      programs: new IdTable(),
      links: new IdTable(),
      btfs: new IdTable(),
      pins: new Map(),
      bpffs: options.bpffs ?? "/sys/fs/bpf",
      interfaces: new Map(Object.entries(options.interfaces ?? defaultInterfaces)),
      canProbe: (probe) => this.canProbe(probe),
      hasProbes: (kind) => !this.without.has(kind),
      rawTracepoints: rawNames(Object.keys(this.tracepoints)),
      verify: options.verify,
    };
  }

  bpf(command: number, attr: Uint8Array, references: readonly Reference[] = []): number {
    const { machine } = this;
    if (!machine.version.hasCommand(command)) return -errno.EINVAL;
    if (!this.privileged) return -errno.EPERM;
    const run = commands[command];
    return run === undefined ? -errno.EINVAL : run(machine, attr, references);
  }

  async bpfAsync(command: number, attr: Uint8Array, references: readonly Reference[] = []): Promise<number> {
    // Like a thread: not before the caller has gone on.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return this.bpf(command, attr, references);
  }

  perfEventOpen(
    bytes: Uint8Array,
    pid: number,
    cpu: number,
    _groupFd: number,
    _flags: number,
    references: readonly Reference[] = [],
  ): number {
    if (!this.privileged) return -errno.EACCES;
    const attr = new Attr(structs.perfEventAttr, bytes, references);
    const type = attr.get("type");
    const config = attr.get64("config");
    if (cpu >= 0 && !this.cpus.includes(cpu)) return -errno.ENODEV;
    if (pid === -1 && cpu < 0) return -errno.EINVAL;
    const place = this.placeOf(type, config, attr);
    if (typeof place === "number") return place;
    const watermark = (attr.get64("flags") & (1n << 14n)) !== 0n;
    const wakeup = attr.get("wakeup_events");
    const event = new PerfEvent({ type, config, cpu, pid, wakeup, watermark, ...place }, this.machine.home);
    this.events.add(event);
    return this.machine.fds.open(event);
  }

  appendFile(path: string, text: string): number {
    const kind = /\/(kprobe|uprobe)_events$/.exec(path)?.[1] as ProbeKind | undefined;
    if (kind === undefined || this.without.has(kind)) return -errno.ENOENT;
    if (!this.privileged) return -errno.EACCES;
    return this.traced.write(kind, text);
  }

  ioctl(fd: number, request: number, argument: number | Uint8Array): number {
    const event = this.machine.fds.get(fd);
    if (event === undefined) return -errno.EBADF;
    if (event instanceof FakeSocket) return event.ioctl(request, argument);
    if (!(event instanceof PerfEvent)) return -errno.EINVAL;
    switch (request) {
      case perfEventIoctls.PERF_EVENT_IOC_ENABLE:
        event.enabled = true;
        return 0;
      case perfEventIoctls.PERF_EVENT_IOC_DISABLE:
        event.enabled = false;
        return 0;
      case perfEventIoctls.PERF_EVENT_IOC_SET_BPF: {
        const program = typeof argument === "number" ? this.machine.fds.get(argument) : undefined;
        if (!(program instanceof FakeProgram)) return -errno.EBADF;
        if (event.program !== undefined) return -errno.EEXIST;
        this.machine.fds.hold(program);
        event.program = program;
        return 0;
      }
      default:
        return -errno.EINVAL;
    }
  }

  mmap(fd: number, length: number, protection: number, offset: number): ArrayBuffer | number {
    const object = this.machine.fds.get(fd);
    if (object === undefined) return -errno.EBADF;
    const memory = object.map?.(length, protection, offset) ?? -errno.ENODEV;
    if (typeof memory === "number") return memory;
    const known = this.mappings.get(memory);
    if (known === undefined) {
      this.mappings.set(memory, { object, count: 1 });
      this.machine.fds.hold(object);
    } else known.count += 1;
    return memory;
  }

  munmap(mapping: ArrayBuffer): void {
    const known = this.mappings.get(mapping);
    if (known === undefined) return;
    known.count -= 1;
    known.object.unmap?.(mapping);
    if (known.count > 0) return;
    this.mappings.delete(mapping);
    this.machine.fds.drop(known.object);
  }

  close(fd: number): number {
    return this.machine.fds.close(fd);
  }

  dup(fd: number): number {
    return this.machine.fds.dup(fd);
  }

  syscall(name: Parameters<Kernel["syscall"]>[0], _args: readonly (number | bigint | Uint8Array)[]): number {
    if (name === "getpid") return 4242;
    if (name === "socket") return this.machine.fds.open(new FakeSocket(this.machine.interfaces));
    if (name === "memfd_create" || name === "epoll_create1")
      return this.machine.fds.open({ describe: () => name });
    return this.privileged ? 0 : -errno.EPERM;
  }

  watch(fd: number, ready: () => void): Watch {
    const object = this.machine.fds.get(fd);
    if (object === undefined) throw argumentError(`expected an open fd to watch, found ${fd}`);
    return this.watches.add(object, ready);
  }

  loadAcquire(mapping: ArrayBuffer, offset: number): number {
    return new Int32Array(mapping)[offset >> 2] ?? 0;
  }

  storeRelease(mapping: ArrayBuffer, offset: number, low: number, high: number): void {
    new Int32Array(mapping, offset, 2).set([low, high]);
  }

  emit(
    map: number | string,
    bytes: Uint8Array,
    options: { readonly cpu?: number; readonly wakeup?: RingWakeup } = {},
  ): boolean {
    const target = this.requireMap(map);
    if (target instanceof RingMap) {
      const reservation = target.reserve(bytes.length);
      reservation?.submit(bytes, options.wakeup);
      return reservation !== undefined;
    }
    const event = this.eventOf(target, options.cpu ?? 0);
    return event !== undefined && event.output(bytes) === 0;
  }

  reserve(map: number | string, length: number): RingReservation | undefined {
    return this.requireRing(map).reserve(length);
  }

  lose(map: number | string, cpu: number, count: number): void {
    this.eventOf(this.requireMap(map), cpu)?.lose(count);
  }

  moveTo(map: number | string, position: bigint, cpu = 0): void {
    const target = this.requireMap(map);
    if (target instanceof RingMap || target instanceof UserRingMap) target.moveTo(position);
    else this.eventOf(target, cpu)?.moveTo(position);
  }

  damage(map: number | string, position: bigint, bytes: Uint8Array): void {
    this.requireRing(map).write(position, bytes);
  }

  drainUserRing(map: number | string): readonly Uint8Array[] {
    const target = this.requireMap(map);
    if (!(target instanceof UserRingMap)) {
      throw argumentError(`expected a user ring buffer, found ${target.describe()}`);
    }
    const records = target.drain();
    if (typeof records !== "number") return records;
    throw argumentError("expected whole records in the ring, found one that crosses the producer's position");
  }

  positions(map: number | string): { readonly produced: bigint; readonly consumed: bigint } {
    const ring = this.requireRing(map);
    return { produced: ring.produced(), consumed: ring.consumed() };
  }

  openFds(): readonly { readonly fd: number; readonly what: string }[] {
    return this.machine.fds.list();
  }

  openMappings(): number {
    return this.mappings.size;
  }

  openWatches(): number {
    return this.watches.size;
  }

  attachments(): readonly FakeAttachment[] {
    const links = this.machine.links.values().flatMap(({ program, target }) => {
      if (program === undefined || target.event !== undefined) return [];
      return [{ program: program.request.name, target: `${target.type} ${target.name}`.trim() }];
    });
    const events = [...this.events].flatMap(({ program, enabled, request }) => {
      if (program === undefined || !enabled) return [];
      const { probe, config } = request;
      const target = probe === undefined ? `tracepoint ${config}` : describeProbe(probe);
      return [{ program: program.request.name, target }];
    });
    return [...links, ...events];
  }

  probeDefinitions(kind: ProbeKind): readonly string[] | undefined {
    return this.without.has(kind) ? undefined : this.traced.lines(kind);
  }

  probeId(event: string): number | undefined {
    return this.traced.id(event);
  }

  pins(): readonly string[] {
    return [...this.machine.pins.keys()];
  }

  unpin(path: string): boolean {
    const object = this.machine.pins.get(path);
    if (object === undefined) return false;
    this.machine.pins.delete(path);
    this.machine.fds.drop(object);
    return true;
  }

  /** What a perf event is opened on; -errno for what there is not. */
  private placeOf(
    type: number,
    config: bigint,
    attr: Attr<typeof structs.perfEventAttr>,
  ): Pick<PerfRequest, "probe" | "release"> | number {
    if (type === perfTypeId.PERF_TYPE_TRACEPOINT) {
      const traced = this.traced.use(Number(config));
      if (traced !== undefined) return traced;
      return Object.values(this.tracepoints).includes(Number(config)) ? {} : -errno.EINVAL;
    }
    if (type <= perfTypeId.PERF_TYPE_BREAKPOINT) return {};
    const kind = (["kprobe", "uprobe"] as const).find((one) => probeTypes[one] === type);
    if (kind === undefined || this.without.has(kind) || !this.machine.version.atLeast("4.17")) {
      return -errno.ENOENT;
    }
    const name = attr.pointer(kind === "kprobe" ? "kprobe_func" : "uprobe_path");
    if (name === undefined) return -errno.EINVAL;
    const probe = {
      kind,
      isReturn: (config & 1n) !== 0n,
      name: asciiOf(name),
      offset: Number(attr.get64("probe_offset")),
      refCtrOffset: Number(config >> 32n),
    };
    return this.canProbe(probe) ? { probe } : -errno.ENOENT;
  }

  private canProbe({ kind, name }: Pick<FakeProbe, "kind" | "name">): boolean {
    if (kind === "kprobe") return this.functions.has(name);
    return this.files?.has(name) ?? name.startsWith("/");
  }

  private forget(object: FakeObject): void {
    const { maps, programs, links, btfs } = this.machine;
    if (object instanceof FakeMap) maps.remove(object);
    else if (object instanceof FakeProgram) programs.remove(object);
    else if (object instanceof FakeLink) links.remove(object);
    else if (object instanceof FakeBtf) btfs.remove(object);
    else if (object instanceof PerfEvent) this.events.delete(object);
  }

  private requireMap(map: number | string): FakeMap {
    const found =
      typeof map === "number"
        ? this.machine.fds.get(map)
        : this.machine.maps.values().find((one) => one.request.name === map);
    if (found instanceof FakeMap) return found;
    const names = this.machine.maps.values().map((one) => one.request.name);
    throw argumentError(`expected a map, found ${JSON.stringify(map)}; maps: ${names.join(", ")}`);
  }

  private requireRing(map: number | string): RingMap {
    const found = this.requireMap(map);
    if (found instanceof RingMap) return found;
    throw argumentError(`expected a ring buffer, found ${found.describe()}`);
  }

  private eventOf(map: FakeMap, cpu: number): PerfEvent | undefined {
    if (!(map instanceof ObjectMap) || map.type !== "perf_event_array") {
      throw new TsbpfError("ARGUMENT", `expected a ring buffer or perf event array, found ${map.describe()}`);
    }
    const event = map.at(cpu);
    return event instanceof PerfEvent ? event : undefined;
  }
}

/** Raw tracepoints: all but those that the kernel makes up for each system call. */
function rawNames(tracepoints: readonly string[]): ReadonlySet<string> {
  const raw = tracepoints.filter((name) => !name.startsWith("syscalls/"));
  return new Set(raw.map((name) => name.slice(name.indexOf("/") + 1)));
}
