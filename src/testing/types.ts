import type { ProbeKind } from "../kernel/host/index.ts";
import type { Kernel } from "../kernel/sys/index.ts";
import type { ProgramRequest, Refusal } from "./program.ts";
import type { RingReservation, RingWakeup } from "./ring-map.ts";

/** What the fake kernel is like. */
export interface FakeKernelOptions {
  /** A release such as `"5.4"`: commands, map types, program types, flags and helpers that came later are refused. Default `"6.18"`. */
  readonly version?: string;
  /** false: every call that needs a capability answers EPERM. Default true. */
  readonly privileged?: boolean;
  /** Bytes; default 4096. */
  readonly pageSize?: number;
  /** Possible CPUs by id; default 0 to 3. Per-CPU values count them, perf events exist on them. */
  readonly cpus?: readonly number[];
  /** `category/name` → id of tracepoints; also the names of raw tracepoints. Default: a handful, `syscalls/sys_enter_execve` among them. */
  readonly tracepoints?: Readonly<Record<string, number>>;
  /** Kernel functions that kprobes may sit on. Default: a handful, `do_unlinkat` and `__x64_sys_execve` among them. */
  readonly functions?: readonly string[];
  /** Files that uprobes may sit on. Default: every absolute path. */
  readonly files?: readonly string[];
  /** Network interfaces: name → index. Default: lo and eth0. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** Kinds of probes that the kernel was not built with. */
  readonly without?: readonly ProbeKind[];
  /** Where bpffs is mounted; default `/sys/fs/bpf`. */
  readonly bpffs?: string;
  /** Looks at each program before it is loaded; an answer refuses it with that log. */
  readonly verify?: (program: ProgramRequest) => Refusal | undefined;
}

/** An attachment that is in force. */
export interface FakeAttachment {
  /** The name that it was loaded by: at most 15 bytes, `""` before 4.15. */
  readonly program: string;
  /** Such as `raw_tracepoint sched_switch`, `tracepoint 700`, `xdp`. */
  readonly target: string;
}

/**
 * A kernel in memory: bpf(2), perf events and their memory, with the errors of the release that it plays. It runs
 * no programs: `emit` writes what a program would have written. Give it to everything that takes a `kernel`.
 */
export interface FakeKernel extends Kernel {
  /**
   * Writes a record to a ring buffer or perf event array (by fd, or by map name), as a program would, and wakes the
   * reader where the kernel would. `cpu` and `wakeup` are for perf buffers and ring buffers respectively.
   * false: there was no room, or no perf event on that CPU.
   */
  emit(
    map: number | string,
    bytes: Uint8Array,
    options?: { readonly cpu?: number; readonly wakeup?: RingWakeup },
  ): boolean;
  /** Reserves a record of a ring buffer: it is BUSY until it is submitted or discarded. undefined: no room. */
  reserve(map: number | string, length: number): RingReservation | undefined;
  /** Lets a CPU's perf buffer lose records: the next one is preceded by a LOST record. */
  lose(map: number | string, cpu: number, count: number): void;
  /** Sets the positions of a ring, or of a CPU's perf buffer, as if so many bytes (a multiple of 8) had gone through. */
  moveTo(map: number | string, position: bigint, cpu?: number): void;
  /** Overwrites bytes of a ring's data at a position: for tests of damaged content. */
  damage(map: number | string, position: bigint, bytes: Uint8Array): void;
  /** What a program that drains a user ring buffer would get. */
  drainUserRing(map: number | string): readonly Uint8Array[];
  /** Producer's and consumer's positions of a ring buffer. */
  positions(map: number | string): {
    /** Bytes written since the start, headers and padding included; it never wraps. */
    readonly produced: bigint;
    /** How far the reader has come, on the same scale. */
    readonly consumed: bigint;
  };
  /** The fds that are open: what a test has leaked. */
  openFds(): readonly {
    /** The number that the call answered. */
    readonly fd: number;
    /** What it is, such as `map "events" (ringbuf)`. */
    readonly what: string;
  }[];
  /** Mappings that were not unmapped. */
  openMappings(): number;
  /** Watches that were not stopped. */
  openWatches(): number;
  /** Programs that are attached, through links and perf events. */
  attachments(): readonly FakeAttachment[];
  /** The lines of tracefs' `kprobe_events` or `uprobe_events`. */
  probeDefinitions(kind: ProbeKind): readonly string[] | undefined;
  /** The id of an event that was made through them: `uprobes/NAME`. */
  probeId(event: string): number | undefined;
  /** Pinned paths. */
  pins(): readonly string[];
  /** unlink(2) of a pin; false if there is none. */
  unpin(path: string): boolean;
}
