import type { Cursor } from "../../program/codec/index.ts";
import type { RecordMemory } from "./record-memory.ts";

/** Delivers up to `limit` records and returns how many. */
export type Drain<E> = (callback: (event: E) => void, limit: number) => number;
/** The same for records in place. */
export type DrainInPlace = (
  callback: (offset: number, length: number, memory: RecordMemory) => void,
  limit: number,
) => number;

/**
 * A kernel buffer that a reader drains: a ring buffer, or the perf buffers of all CPUs. Each `…Drain()` makes a loop
 * of its own (see stamp.ts): callers keep what they get.
 */
export interface EventSource<T> {
  readonly name: string;
  /** Become readable when there is something to read. */
  readonly fds: readonly number[];
  /** Bytes. */
  readonly capacity: number;
  /** Records delivered so far. */
  readonly received: number;
  /** Records that the kernel could not write; undefined if the kernel does not count them. */
  readonly lost: number | undefined;
  /** The most bytes that a drain found when it began. */
  readonly peak: number;
  /** Bytes that wait now. */
  used(): number;
  /** Objects by the codec, or copied bytes without one. */
  eventDrain(): Drain<T>;
  /** undefined without a codec. */
  cursorDrain(): Drain<Cursor<T>> | undefined;
  inPlaceDrain(): DrainInPlace;
  bytesDrain(): Drain<Uint8Array>;
  /** Ends a drain that is running after its current record. */
  stop(): void;
  /** Releases everything; no drain is running. */
  close(): void;
}
