import type { Codec, Cursor, cursorLength, cursorOffset } from "../../program/codec/index.ts";
import type { RecordMemory } from "./record-memory.ts";
import type { RecordDelivery, RecordViews } from "./record-delivery.ts";

/** The shared state of a ring's loops. Positions are the low 32 bits, as wrapping int32. */
export interface RingState {
  /** Byte offset of the data in the read-only mapping: the page size. */
  readonly data: number;
  /** Bytes of the ring - 1; the ring is at most 1 GiB, so that a distance is a positive int32. */
  readonly mask: number;
  /** Bytes after which the position is published: a quarter of the ring (PERFORMANCE.md, decision 1). */
  readonly quantum: number;
  /** Whether each header needs an acquire load of its own: arm64. x86-64 orders plain loads (decision 2). */
  readonly acquireHeaders: boolean;
  /** What is consumed and published. */
  position: number;
  received: number;
  peak: number;
  /** The last pass met a record that its producer has not finished. */
  busy: boolean;
  /** The reader is closing. */
  stopped: boolean;
  /** The producer's position, with acquire order. */
  producer(): number;
  /** Bits 0–31 at a byte offset of the mapping, with acquire order. */
  acquire(offset: number): number;
  publish(position: number): void;
  /** Throws: positions that are not in one ring. */
  strayed(distance: number): never;
  /** Throws: a header that the producer cannot have written. */
  damaged(length: number, available: number): never;
}

/**
 * What a loop calls for a record: `(event)`, `(cursor)`, `(bytes)` or `(offset, length, memory)`. The four types meet
 * in one loop; EventSource pairs each with its delivery again.
 */
export type AnyCallback = (first: unknown, length?: number, record?: RecordMemory) => void;

/**
 * The loop over a ring's records (RULES 68–71). Refers to nothing outside: stamp.ts compiles its text once for each
 * reader and delivery. The deliveries that a loop does not use cost it one predicted branch.
 */
export function ringLoop<T>(
  ring: RingState,
  views: RecordViews,
  delivery: RecordDelivery<T>,
): (callback: AnyCallback, limit: number) => number {
  const { data, mask, quantum, acquireHeaders } = ring;
  const { words, record, memory } = views;
  const { how, short } = delivery;
  const placeKey: typeof cursorOffset = delivery.cursorOffset;
  const lengthKey: typeof cursorLength = delivery.cursorLength;
  const bytes = memory.u8;
  const size = delivery.codec === undefined ? 0 : delivery.codec.size;
  // Events and cursors are delivered only with a codec; the other deliveries touch none of the three.
  const codec = delivery.codec as Codec<T>;
  const cursor = (how === 1 ? codec.cursor(memory) : undefined) as Cursor<T>;
  const shortCursor = delivery.shortCursor as Cursor<T>;

  /** Delivers records up to `end`, at most a quarter of the ring, and publishes once, also when a callback throws. */
  function pass(callback: AnyCallback, end: number, limit: number): number {
    const from = ring.position | 0;
    const left = (end - from) | 0;
    if (left < 0 || left > mask + 1) ring.strayed(left);
    // The data is mapped twice in a row (RULES 68): a pass, at most one ring long, needs no mask. Each record's place
    // hangs on the header before it, so an operation less in that chain is a gain for every record.
    const first = data + (from & mask);
    const stop = first + left; // In a ring of 1 GiB perhaps above int32; no record begins there.
    const enough = left > quantum ? first + quantum : stop;
    let offset = first;
    let count = 0;
    try {
      while (offset < enough) {
        // Inside the mapping by construction: `as` spares a branch.
        const header = acquireHeaders ? ring.acquire(offset) : (words[offset >> 2] as number);
        // Bit 31: reserved by the producer, not committed.
        if (header < 0) {
          ring.busy = true;
          break;
        }
        const length = header & 0x3fffffff;
        const start = (offset + 8) | 0;
        const next = offset + ((length + 15) & -8);
        if (next > stop) ring.damaged(length, stop - offset);
        // From here on the record is consumed, whatever the callback does (RULES 71).
        offset = next;
        // Bit 30: discarded.
        if ((header & 0x40000000) !== 0) continue;
        count = (count + 1) | 0;
        if (how === 0) {
          callback(codec.decode(memory, start, length));
        } else if (how === 1) {
          const whole = length >= size;
          const view = whole ? cursor : shortCursor;
          if (whole) view[placeKey] = start;
          else short.u8.fill(0).set(bytes.subarray(start, start + length));
          view[lengthKey] = length;
          callback(view);
        } else if (how === 2) {
          callback(start, length, record);
        } else {
          callback(bytes.slice(start, start + length));
        }
        if (count === limit || ring.stopped) break;
      }
    } finally {
      const position = (from + (offset - first)) | 0;
      ring.position = position;
      ring.received += count;
      ring.publish(position);
    }
    return count;
  }

  return function drain(callback: AnyCallback, limit: number): number {
    let count = 0;
    ring.busy = false;
    let end = ring.producer();
    const used = (end - ring.position) | 0;
    if (used > ring.peak) ring.peak = used;
    // Until the position re-read after the store shows nothing new: the kernel wakes only who has caught up (RULES 70).
    while (end !== ring.position && count < limit && !ring.busy && !ring.stopped) {
      count += pass(callback, end, limit - count);
      end = ring.producer();
    }
    return count;
  };
}
