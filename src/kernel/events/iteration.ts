import type { WakeUp } from "./wake-up.ts";

/** Milliseconds of work after which an iteration lets timers, signals and I/O have a turn. */
const TURN = 8;

/** What an iteration takes its events from. */
export interface BatchSource<T> {
  readonly wakeUp: WakeUp;
  /** The next events, as many as there are and fit into a batch; never waits. */
  take(): T[];
  /** Called once when the iteration ends, for whatever reason. */
  ended(): void;
}

/**
 * Arrays of events. Pulls: a batch is taken when it is asked for, so records wait in the kernel's buffer while the
 * consumer is busy. A producer that never pauses would keep this in microtasks for ever, hence TURN.
 */
export class BatchIteration<T> implements AsyncIterableIterator<T[]> {
  private readonly source: BatchSource<T>;
  private readonly signal: AbortSignal | undefined;
  private readonly onAbort = (): void => this.end();
  private over = false;
  private turnBegan = performance.now();
  private asked: Promise<unknown> | undefined;
  /** Ends the `next` that waits. */
  private release: (() => void) | undefined;

  constructor(source: BatchSource<T>, signal: AbortSignal | undefined) {
    this.source = source;
    this.signal = signal;
    if (signal?.aborted === true) this.end();
    else signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  next(): Promise<IteratorResult<T[], undefined>> {
    // Calls that overlap are answered in their order.
    const answer = this.asked === undefined ? this.look() : this.asked.then(() => this.look());
    const asked: Promise<void> = answer.then(
      () => this.answered(asked),
      () => this.answered(asked),
    );
    this.asked = asked;
    return answer;
  }

  return(): Promise<IteratorResult<T[], undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the iteration: `next` answers "done". Idempotent. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.signal?.removeEventListener("abort", this.onAbort);
    this.source.wakeUp.stop();
    this.source.ended();
    this.release?.();
  }

  private answered(asked: Promise<unknown>): void {
    if (this.asked === asked) this.asked = undefined;
  }

  private async look(): Promise<IteratorResult<T[], undefined>> {
    const { wakeUp } = this.source;
    try {
      for (;;) {
        if (!this.over && performance.now() - this.turnBegan > TURN)
          await this.turn((go) => setImmediate(go));
        if (this.over) return { done: true, value: undefined };
        const events = this.source.take();
        if (events.length > 0) return { done: false, value: events };
        if (wakeUp.armed) await this.turn((go) => wakeUp.wait(go));
        // What came before the watches were set up is not reported: look again.
        else wakeUp.arm();
      }
    } catch (error) {
      this.end();
      throw error;
    }
  }

  private async turn(schedule: (go: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.release = resolve;
      schedule(resolve);
    });
    this.release = undefined;
    this.turnBegan = performance.now();
  }
}

/** The same events one by one. */
export class EventIteration<T> implements AsyncIterableIterator<T> {
  private readonly batches: BatchIteration<T>;
  private events: T[] = [];
  private index = 0;
  private fetching: Promise<unknown> | undefined;

  constructor(batches: BatchIteration<T>) {
    this.batches = batches;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.fetching !== undefined) return this.fetching.then(() => this.next());
    if (this.index < this.events.length) return Promise.resolve(this.shift());
    return this.fetch();
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.events = [];
    await this.batches.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private shift(): IteratorResult<T, undefined> {
    // In range: the caller has looked.
    const value = this.events[this.index] as T;
    this.index += 1;
    return { done: false, value };
  }

  private fetch(): Promise<IteratorResult<T, undefined>> {
    const answer = this.batches.next().then((result) => {
      this.fetching = undefined;
      if (result.done === true) return { done: true as const, value: undefined };
      this.events = result.value;
      this.index = 0;
      return this.shift();
    });
    // Waited for by calls that overlap; the error belongs to the first of them.
    this.fetching = answer.catch(() => {
      this.fetching = undefined;
    });
    return answer;
  }
}
