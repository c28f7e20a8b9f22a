import type { Drain } from "./source.ts";
import type { Subscription } from "./types.ts";
import type { WakeUp } from "./wake-up.ts";

/** Records in one go before other work of the process has a turn. */
const TURN_RECORDS = 16_384;

/** Calls back for every event until it is stopped, a signal aborts, or the callback throws. */
export class CallbackSubscription<T> implements Subscription {
  readonly done: Promise<void>;
  private readonly wakeUp: WakeUp;
  private readonly drain: Drain<T>;
  private readonly callback: (event: T) => void;
  private readonly signal: AbortSignal | undefined;
  private readonly onEnd: () => void;
  private readonly onAbort = (): void => this.stop();
  private immediate: ReturnType<typeof setImmediate> | undefined;
  private over = false;
  private settle!: { readonly resolve: () => void; readonly reject: (error: unknown) => void };

  constructor(
    wakeUp: WakeUp,
    drain: Drain<T>,
    callback: (event: T) => void,
    signal: AbortSignal | undefined,
    onEnd: () => void,
  ) {
    this.wakeUp = wakeUp;
    this.drain = drain;
    this.callback = callback;
    this.signal = signal;
    this.onEnd = onEnd;
    this.done = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    if (signal?.aborted === true) {
      this.stop();
      return;
    }
    signal?.addEventListener("abort", this.onAbort, { once: true });
    wakeUp.arm();
    this.immediate = setImmediate(this.turn);
  }

  stop(): void {
    if (this.finish()) this.settle.resolve();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  private readonly turn = (): void => {
    if (this.over) return;
    try {
      const count = this.drain(this.callback, TURN_RECORDS);
      if (this.over) return;
      // A full turn leaves records behind, which a perf event does not report again.
      if (count >= TURN_RECORDS) this.immediate = setImmediate(this.turn);
      else this.wakeUp.wait(this.turn);
    } catch (error) {
      if (this.finish()) this.settle.reject(error);
    }
  };

  private finish(): boolean {
    if (this.over) return false;
    this.over = true;
    clearImmediate(this.immediate);
    this.signal?.removeEventListener("abort", this.onAbort);
    this.wakeUp.stop();
    this.onEnd();
    return true;
  }
}
