import type { ProbeKind } from "../kernel/host/index.ts";
import { errno } from "./errno.ts";

/** A probe that tracefs or a perf event asks for. */
export interface FakeProbe {
  readonly kind: ProbeKind;
  readonly isReturn: boolean;
  /** Kernel function or path. */
  readonly name: string;
  readonly offset: number;
  readonly refCtrOffset: number;
}

/** `uprobe /bin/bash:0x10`, `kretprobe do_exit+0x0` */
export function describeProbe({ kind, isReturn, name, offset }: FakeProbe): string {
  const word = isReturn ? kind.replace("probe", "retprobe") : kind;
  return `${word} ${name}${kind === "uprobe" ? ":" : "+"}0x${offset.toString(16)}`;
}

/** Types of the PMUs for probes, as the fake kernel and the fake host agree on them. */
export const probeTypes: Readonly<Record<ProbeKind, number>> = { kprobe: 6, uprobe: 8 };

interface TracedProbe {
  readonly probe: FakeProbe;
  readonly id: number;
  readonly line: string;
  users: number;
}

/** What tracefs' `kprobe_events` and `uprobe_events` hold. */
export class TracedProbes {
  private readonly probes = new Map<string, TracedProbe>();
  private readonly exists: (probe: FakeProbe) => boolean;
  private lastId = 2000;

  /** `exists`: whether a probe can be put there. */
  constructor(exists: (probe: FakeProbe) => boolean) {
    this.exists = exists;
  }

  /** A line written to the file: 0 or -errno. */
  write(kind: ProbeKind, line: string): number {
    const removed = /^-:(\w+s\/\w+)\s*$/.exec(line)?.[1];
    if (removed !== undefined) {
      const probe = this.probes.get(removed);
      if (probe === undefined) return -errno.ENOENT;
      if (probe.users > 0) return -errno.EBUSY;
      this.probes.delete(removed);
      return 0;
    }
    const pattern =
      kind === "uprobe"
        ? /^([pr])\d*:(uprobes\/\w+) (\S+):(0x[0-9a-f]+)(?:\((0x[0-9a-f]+)\))?\s*$/
        : /^([pr])\d*:(kprobes\/\w+) (\S+?)\+(0x[0-9a-f]+)()\s*$/;
    const [whole, type, name, where = "", offset, counter] = pattern.exec(line) ?? [];
    if (whole === undefined || name === undefined) return -errno.EINVAL;
    if (this.probes.has(name)) return -errno.EEXIST;
    const probe = {
      kind,
      isReturn: type === "r",
      name: where,
      offset: Number(offset),
      refCtrOffset: Number(counter ?? 0),
    };
    if (!this.exists(probe)) return -errno.ENOENT;
    this.lastId += 1;
    this.probes.set(name, { probe, id: this.lastId, line: line.trim(), users: 0 });
    return 0;
  }

  /** The file's content. */
  lines(kind: ProbeKind): readonly string[] {
    return [...this.probes.values()].filter(({ probe }) => probe.kind === kind).map(({ line }) => line);
  }

  /** `events/KIND/NAME/id` */
  id(event: string): number | undefined {
    return this.probes.get(event)?.id;
  }

  /** The probe behind an event's id, which is in use from now on; `release` ends that. */
  use(id: number): { readonly probe: FakeProbe; readonly release: () => void } | undefined {
    const traced = [...this.probes.values()].find((one) => one.id === id);
    if (traced === undefined) return undefined;
    traced.users += 1;
    return { probe: traced.probe, release: () => (traced.users -= 1) };
  }
}
