import type { FakeObject, FdTable } from "./fd-table.ts";
import type { FakeLink } from "./link.ts";
import type { FakeMap, MapHome } from "./map.ts";
import type { FakeProbe } from "./probes.ts";
import type { FakeBtf, FakeProgram, ProgramRequest, Refusal } from "./program.ts";
import type { KernelVersion } from "./versions.ts";

/** Objects of one kind that have ids. */
export class IdTable<T extends FakeObject & { id: number }> {
  private readonly objects = new Map<number, T>();
  private last = 0;

  /** Gives the object its id, until it is released. */
  add(object: T): T {
    this.last += 1;
    object.id = this.last;
    this.objects.set(object.id, object);
    return object;
  }

  get(id: number): T | undefined {
    return this.objects.get(id);
  }

  remove(object: T): void {
    this.objects.delete(object.id);
  }

  /** The smallest id above `id`; undefined at the end. */
  after(id: number): number | undefined {
    return [...this.objects.keys()].sort((a, b) => a - b).find((one) => one > id);
  }

  values(): readonly T[] {
    return [...this.objects.values()];
  }
}

/** What the commands of bpf(2) work on. */
export interface Machine {
  readonly version: KernelVersion;
  readonly fds: FdTable;
  readonly home: MapHome;
  readonly maps: IdTable<FakeMap>;
  readonly programs: IdTable<FakeProgram>;
  readonly links: IdTable<FakeLink>;
  readonly btfs: IdTable<FakeBtf>;
  /** Path → object. */
  readonly pins: Map<string, FakeObject>;
  /** Where pins are possible. */
  readonly bpffs: string;
  /** Network interfaces: name → index. */
  readonly interfaces: ReadonlyMap<string, number>;
  /** Whether the place of a probe exists. */
  readonly canProbe: (probe: Pick<FakeProbe, "kind" | "name">) => boolean;
  /** Whether the kernel was built with probes of that kind. */
  readonly hasProbes: (kind: FakeProbe["kind"]) => boolean;
  readonly rawTracepoints: ReadonlySet<string>;
  readonly verify: ((program: ProgramRequest) => Refusal | undefined) | undefined;
}
