import type { Codec, Cursor, cursorLength, cursorOffset } from "../../program/codec/index.ts";
import type { RecordDelivery, RecordViews } from "./record-delivery.ts";
import type { AnyCallback } from "./ring-loop.ts";

/** One CPU's buffer. Positions are the low 32 bits, as wrapping int32. */
export interface PerfCpuBuffer {
  readonly cpu: number;
  readonly views: RecordViews;
  position: number;
  /** `data_head`, with acquire order. */
  producer(): number;
  /** Stores `data_tail`. */
  publish(position: number): void;
}

/** The shared state of the loops over all CPUs. */
export interface PerfState {
  readonly buffers: readonly PerfCpuBuffer[];
  /** Byte offset of the data in each mapping: the page size. */
  readonly data: number;
  /** Bytes of one CPU's data - 1. */
  readonly mask: number;
  /** Records that cross the end of a buffer are put together here: 64 KiB, the largest a record's u16 size can say. */
  readonly scratch: RecordViews;
  /** Index of the buffer to begin with: a limit must not starve the last CPUs. */
  first: number;
  received: number;
  lost: number;
  peak: number;
  stopped: boolean;
  /** Told about each LOST record. */
  readonly onLost: ((count: number, cpu: number) => void) | undefined;
  /** Throws: a header that the kernel cannot have written. */
  damaged(size: number, available: number, cpu: number): never;
}

/**
 * The loop over perf records of all CPUs (RULES 74, 75), in the order of each CPU. Refers to nothing outside, like
 * ringLoop: stamp.ts compiles its text once for each reader and delivery.
 */
export function perfLoop<T>(
  state: PerfState,
  delivery: RecordDelivery<T>,
): (callback: AnyCallback, limit: number) => number {
  const { buffers, data, mask, scratch } = state;
  const { how, short } = delivery;
  const placeKey: typeof cursorOffset = delivery.cursorOffset;
  const lengthKey: typeof cursorLength = delivery.cursorLength;
  const size = delivery.codec === undefined ? 0 : delivery.codec.size;
  // Events and cursors are delivered only with a codec; the other deliveries touch none of these.
  const codec = delivery.codec as Codec<T>;
  const shortCursor = delivery.shortCursor as Cursor<T>;
  // A cursor belongs to one memory: one for each CPU and one for the scratch.
  const cursors = how === 1 ? buffers.map(({ views }) => codec.cursor(views.memory)) : [];
  const scratchCursor = (how === 1 ? codec.cursor(scratch.memory) : undefined) as Cursor<T>;

  /** Delivers what one CPU has written until now; stores data_tail once, also when a callback throws (RULES 71). */
  function pass(index: number, callback: AnyCallback, limit: number): number {
    // In range: the caller counts modulo the length.
    const buffer = buffers[index] as PerfCpuBuffer;
    const cursor = cursors[index] as Cursor<T>;
    const end = buffer.producer();
    let position = buffer.position | 0;
    let left = (end - position) | 0;
    if (left === 0) return 0;
    if (left < 0 || left > mask + 1) state.damaged(left, mask + 1, buffer.cpu);
    let count = 0;
    try {
      while (left > 0) {
        const place = position & mask;
        let views = buffer.views;
        let offset = data + place;
        // `struct perf_event_header`: u32 type, u16 misc, u16 size. Records are 8-byte aligned: it never wraps.
        const type = views.words[offset >> 2] as number;
        const bytes = (views.words[(offset >> 2) + 1] as number) >>> 16;
        if (bytes < 8 || bytes > left || (bytes & 7) !== 0) state.damaged(bytes, left, buffer.cpu);
        position = (position + bytes) | 0;
        left = (left - bytes) | 0;
        const before = mask + 1 - place;
        if (bytes > before) {
          const all = views.memory.u8;
          scratch.memory.u8.set(all.subarray(offset, offset + before), 0);
          scratch.memory.u8.set(all.subarray(data, data + bytes - before), before);
          views = scratch;
          offset = 0;
        }
        if (type === 2) {
          // PERF_RECORD_LOST: header, u64 id, u64 lost.
          const at = (offset >> 2) + 4;
          const lost = ((views.words[at] as number) >>> 0) + (views.words[at + 1] as number) * 0x1_0000_0000;
          state.lost += lost;
          if (state.onLost !== undefined) state.onLost(lost, buffer.cpu);
          continue;
        }
        // PERF_RECORD_SAMPLE; anything else (throttling) is not for readers of events.
        if (type !== 9) continue;
        // header, u32 size, data: 4-byte aligned, and `size` counts up to 7 bytes of padding (RULES 75).
        const length = views.words[(offset >> 2) + 2] as number;
        if (bytes < 12 || length >>> 0 > bytes - 12) state.damaged(length >>> 0, bytes - 12, buffer.cpu);
        const start = offset + 12;
        count = (count + 1) | 0;
        if (how === 0) {
          callback(codec.decode(views.memory, start, length));
        } else if (how === 1) {
          const whole = length >= size;
          const view = whole ? (views === scratch ? scratchCursor : cursor) : shortCursor;
          if (whole) view[placeKey] = start;
          else short.u8.fill(0).set(views.memory.u8.subarray(start, start + length));
          view[lengthKey] = length;
          callback(view);
        } else if (how === 2) {
          callback(start, length, views.record);
        } else {
          callback(views.memory.u8.slice(start, start + length));
        }
        if (count === limit || state.stopped) break;
      }
    } finally {
      buffer.position = position;
      state.received += count;
      buffer.publish(position);
    }
    return count;
  }

  return function drain(callback: AnyCallback, limit: number): number {
    let used = 0;
    for (const buffer of buffers) used += (buffer.producer() - buffer.position) | 0;
    if (used > state.peak) state.peak = used;
    let count = 0;
    for (let turn = 0; turn < buffers.length && count < limit && !state.stopped; turn++) {
      count += pass((state.first + turn) % buffers.length, callback, limit - count);
      if (count === limit) state.first = (state.first + turn + 1) % buffers.length;
    }
    return count;
  };
}
