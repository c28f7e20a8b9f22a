import { argumentError } from "../../errors.ts";
import type { Cursor } from "../../program/codec/index.ts";
import type { Kernel } from "../sys/index.ts";
import { BatchIteration, EventIteration } from "./iteration.ts";
import type { RecordMemory } from "./record-memory.ts";
import { closedError } from "./refused.ts";
import type { Drain, DrainInPlace, EventSource } from "./source.ts";
import { CallbackSubscription } from "./subscription.ts";
import type { EventMetrics, EventReader, EventReaderOptions, ReadOptions, Subscription } from "./types.ts";
import { WakeUp } from "./wake-up.ts";

/** Records decoded ahead of an iterator unless the caller says otherwise. */
const BATCH = 1024;
/** "No limit": more records than any buffer holds at once. */
const ALL = 0x7fff_ffff;

/** The reader over a source, of which it becomes the owner. */
export function openReader<T>(
  kernel: Kernel,
  source: EventSource<T>,
  options: EventReaderOptions,
): EventReader<T> {
  return new SourceReader(kernel, source, options);
}

/** Checks options before anything is opened for them. */
export function checkOptions(options: EventReaderOptions): void {
  const { batch, poll } = options;
  if (batch !== undefined && !(Number.isInteger(batch) && batch > 0)) {
    throw argumentError(`option "batch": expected a whole number above 0, found ${batch}`);
  }
  if (poll !== undefined && !(poll > 0)) {
    throw argumentError(`option "poll": expected milliseconds above 0, found ${poll}`);
  }
}

class SourceReader<T> implements EventReader<T> {
  readonly name: string;
  private readonly source: EventSource<T>;
  private readonly options: EventReaderOptions;
  private readonly wakeUp: WakeUp;
  private isClosed = false;
  private draining = false;
  /** The iteration or subscription that is under way. */
  private consumer: { end(): void } | undefined;
  // Loops are made at their first use, one for each form: see stamp.ts.
  private drainEvents: Drain<T> | undefined;
  private drainCursors: Drain<Cursor<T>> | undefined;
  private drainPlaces: DrainInPlace | undefined;
  private drainCopies: Drain<Uint8Array> | undefined;
  /** The loop of iterations and subscriptions, so that their callbacks do not spoil that of `drain`. */
  private drainAhead: Drain<T> | undefined;

  constructor(kernel: Kernel, source: EventSource<T>, options: EventReaderOptions) {
    this.name = source.name;
    this.source = source;
    this.options = options;
    this.wakeUp = new WakeUp(kernel, source.fds, options.poll);
  }

  get closed(): boolean {
    return this.isClosed;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.events();
  }

  events(options: ReadOptions = {}): AsyncIterableIterator<T> {
    return new EventIteration(this.iterate(options));
  }

  batches(options: ReadOptions = {}): AsyncIterableIterator<T[]> {
    return this.iterate(options);
  }

  on(callback: (event: T) => void, options: ReadOptions = {}): Subscription {
    this.claim();
    const loop = (this.drainAhead ??= this.source.eventDrain());
    const drain: Drain<T> = (each, limit) => {
      this.enter();
      try {
        return loop(each, limit);
      } finally {
        this.leave();
      }
    };
    const subscription = new CallbackSubscription(this.wakeUp, drain, callback, options.signal, () => {
      this.consumer = undefined;
    });
    if (options.signal?.aborted !== true) this.consumer = { end: () => subscription.stop() };
    return subscription;
  }

  drain(callback: (event: T) => void, limit: number = ALL): number {
    this.enter();
    try {
      return (this.drainEvents ??= this.source.eventDrain())(callback, limit);
    } finally {
      this.leave();
    }
  }

  drainCursor(callback: (event: Cursor<T>) => void, limit: number = ALL): number {
    this.enter();
    try {
      this.drainCursors ??= this.source.cursorDrain();
      if (this.drainCursors === undefined) {
        throw argumentError(
          `expected a type for the events of "${this.name}", found none`,
          "declare the event type in the C source, or use drainInPlace or drainBytes",
        );
      }
      return this.drainCursors(callback, limit);
    } finally {
      this.leave();
    }
  }

  drainInPlace(
    callback: (offset: number, length: number, memory: RecordMemory) => void,
    limit: number = ALL,
  ): number {
    this.enter();
    try {
      return (this.drainPlaces ??= this.source.inPlaceDrain())(callback, limit);
    } finally {
      this.leave();
    }
  }

  drainBytes(callback: (bytes: Uint8Array) => void, limit: number = ALL): number {
    this.enter();
    try {
      return (this.drainCopies ??= this.source.bytesDrain())(callback, limit);
    } finally {
      this.leave();
    }
  }

  metrics(): EventMetrics {
    const { source, options } = this;
    const counted = options.lost === undefined ? undefined : Number(options.lost());
    return {
      received: source.received,
      lost: source.lost ?? counted,
      used: this.isClosed ? 0 : source.used(),
      peak: source.peak,
      capacity: source.capacity,
      wakeups: this.wakeUp.count,
    };
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.consumer?.end();
    this.wakeUp.stop();
    // Under a running loop the mappings must stay: it ends after its record, and `leave` releases them.
    if (this.draining) this.source.stop();
    else this.source.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  private iterate(options: ReadOptions): BatchIteration<T> {
    this.claim();
    const batch = this.options.batch ?? BATCH;
    const drain = (this.drainAhead ??= this.source.eventDrain());
    const take = (): T[] => {
      const events: T[] = [];
      this.enter();
      try {
        drain((event) => events.push(event), batch);
      } finally {
        this.leave();
      }
      return events;
    };
    const ended = (): void => {
      this.consumer = undefined;
    };
    const iteration = new BatchIteration<T>({ wakeUp: this.wakeUp, take, ended }, options.signal);
    if (options.signal?.aborted !== true) this.consumer = iteration;
    return iteration;
  }

  /** Two consumers that wait would each get a part of the events at random. */
  private claim(): void {
    if (this.isClosed) throw closedError(`events of "${this.name}"`);
    if (this.consumer !== undefined) {
      throw argumentError(
        `expected one consumer of "${this.name}", found an iteration or subscription that still runs`,
      );
    }
  }

  private enter(): void {
    if (this.isClosed) throw closedError(`events of "${this.name}"`);
    if (this.draining)
      throw argumentError(`expected one drain of "${this.name}" at a time, found one inside another`);
    this.draining = true;
  }

  private leave(): void {
    this.draining = false;
    // Closed by a callback: see close().
    if (this.isClosed) this.source.close();
  }
}
