import {
  cursorLength,
  cursorOffset,
  memoryOf,
  type Codec,
  type Cursor,
  type Memory,
} from "../../program/codec/index.ts";
import { RecordMemory } from "./record-memory.ts";

/** How a drain loop hands out records. The loops compare with the numbers: their text cannot refer to this name. */
export const Delivery = { EVENT: 0, CURSOR: 1, IN_PLACE: 2, BYTES: 3 } as const;
export type Delivery = (typeof Delivery)[keyof typeof Delivery];

/** The views over one mapping that records are delivered from. */
export interface RecordViews {
  readonly record: RecordMemory;
  readonly words: Int32Array;
  readonly memory: Memory;
}

/** What the records of one loop are delivered with, wherever they lie. */
export interface RecordDelivery<T> {
  readonly how: Delivery;
  readonly codec: Codec<T> | undefined;
  /** The keys of a cursor's position and of its record's length. */
  readonly cursorOffset: typeof cursorOffset;
  readonly cursorLength: typeof cursorLength;
  /** For cursors, which read a whole type: a record shorter than that, with zeros behind it. */
  readonly short: Memory;
  /** Stands at offset 0 of `short`; undefined unless records are delivered as cursors. */
  readonly shortCursor: Cursor<T> | undefined;
}

/** Views of a buffer whose length is a multiple of 8. */
export function recordViews(buffer: ArrayBuffer): RecordViews {
  return { record: new RecordMemory(buffer), words: new Int32Array(buffer), memory: memoryOf(buffer) };
}

/** Without a codec, events are bytes. */
export function recordDelivery<T>(how: Delivery, codec: Codec<T> | undefined): RecordDelivery<T> {
  const wanted = codec === undefined && how === Delivery.EVENT ? Delivery.BYTES : how;
  const short = memoryOf(new ArrayBuffer(((codec?.size ?? 0) + 7) & ~7));
  const shortCursor = wanted === Delivery.CURSOR ? codec?.cursor(short) : undefined;
  return { how: wanted, codec, cursorOffset, cursorLength, short, shortCursor };
}
