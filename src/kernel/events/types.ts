import type { Codec, Cursor } from "../../program/codec/index.ts";
import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import type { RecordMemory } from "./record-memory.ts";

/** What a reader needs to know about its map. The fd stays the caller's: a reader never closes it. */
export interface EventSourceInput<T> {
  readonly kernel: Kernel;
  readonly host: Host;
  /** The map's fd. */
  readonly fd: number;
  /** The map's name, for messages. */
  readonly name: string;
  /** Ring buffer: bytes of the ring as created (RULES 14). Perf event array: number of slots. */
  readonly maxEntries: number;
  /** `map_flags`; undefined: the kernel is asked. */
  readonly flags?: number | undefined;
  /** Decodes a record; undefined: records are delivered as copied bytes. */
  readonly codec?: Codec<T> | undefined;
}

/** How a reader learns about new records. */
export interface EventReaderOptions {
  /**
   * Milliseconds between looks at the buffer, instead of wake-ups by the kernel: the mode for the highest rates.
   * Programs should then submit with `BPF_RB_NO_WAKEUP`: a producer that wakes nobody and a 1 ms timer carry about
   * twice the rate of adaptive wake-ups (PERFORMANCE.md, "Sustained").
   */
  readonly poll?: number | undefined;
  /** Records that are decoded ahead for an iterator, at most; default 1024. More stay in the kernel's buffer. */
  readonly batch?: number | undefined;
  /**
   * How many records the program could not write, by the program's own count: the kernel keeps none for ring
   * buffers. A function that reads a counter variable or a counter map, called by `metrics()`.
   */
  readonly lost?: (() => number | bigint) | undefined;
}

/** Counts since the reader was opened, and the state of the buffer now. */
export interface EventMetrics {
  /** Records delivered. */
  readonly received: number;
  /**
   * Records that never reached the buffer: counted by the kernel for perf buffers; for ring buffers by the
   * program, if the `lost` option says where; undefined = unknown.
   */
  readonly lost: number | undefined;
  /** Bytes of records that wait in the kernel's buffer: the back-pressure. */
  readonly used: number;
  /** The largest `used` that a drain has found when it began. */
  readonly peak: number;
  /** Bytes that the buffer holds; of all CPUs together. */
  readonly capacity: number;
  /** How often the kernel (or the poll timer) woke this reader. */
  readonly wakeups: number;
}

/** What ends an iteration or a subscription from outside. */
export interface ReadOptions {
  /** Aborting ends an iteration or a subscription as closing the reader does: without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** A running `on()`. */
export interface Subscription {
  /** Resolves when it was stopped, the signal aborted or the reader closed; rejects with what the callback threw. */
  readonly done: Promise<void>;
  /** Stops the calls; the reader stays open. Idempotent. */
  stop(): void;
  /** The same as {@link stop}, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Reads the records of a ring buffer or a perf event array. One consumer at a time: an iteration, a subscription and
 * `drain…()` all advance the same position. Records that nobody has taken stay in the kernel's buffer.
 */
export interface EventReader<T> extends AsyncIterable<T> {
  /** The map's name. */
  readonly name: string;
  /** true from the first {@link close} on. */
  readonly closed: boolean;
  /** One event at a time; decodes at most `batch` records ahead. Leaving the loop keeps the reader open. */
  events(options?: ReadOptions): AsyncIterableIterator<T>;
  /** Arrays of 1 to `batch` events: an `await` for each array instead of one for each event. */
  batches(options?: ReadOptions): AsyncIterableIterator<T[]>;
  /** Calls back for each event from now on. An error of the callback ends it: see {@link Subscription.done}. */
  on(callback: (event: T) => void, options?: ReadOptions): Subscription;
  /**
   * Delivers what is in the buffer now, at most `limit` records, and returns how many. The callback owns the event.
   * An error of the callback leaves through here, and its record counts as consumed (RULES 71).
   */
  drain(callback: (event: T) => void, limit?: number): number;
  /**
   * The same with one object that moves along: its members read the buffer, so they are valid only during the
   * call. About half the cost of `drain`. Needs a codec.
   */
  drainCursor(callback: (event: Cursor<T>) => void, limit?: number): number;
  /**
   * The same without an object: the callback gets a place in `memory`, valid only during the call. The cheapest form.
   */
  drainInPlace(
    callback: (offset: number, length: number, memory: RecordMemory) => void,
    limit?: number,
  ): number;
  /** The same with a copy of each record's bytes. */
  drainBytes(callback: (bytes: Uint8Array) => void, limit?: number): number;
  /** What was received and lost so far, and how full the buffer is now; after `close()` the last counts. */
  metrics(): EventMetrics;
  /**
   * Releases mappings, watches and fds of its own; ends iterations and subscriptions. What an iteration has decoded
   * ahead (at most `batch` records) is still delivered: those records are no longer in the buffer. Idempotent.
   */
  close(): void;
  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void;
  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
