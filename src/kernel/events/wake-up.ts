import type { Kernel, Watch } from "../sys/index.ts";

/**
 * Wakes one waiting consumer when a buffer may have something to read: by the kernel's wake-ups, or by a timer.
 *
 * Watches are level-triggered and fire as long as a record waits, so they are dropped when one fires while nobody
 * waits (a slow consumer) and set up again by the next `wait`. A perf event reports each of its wake-ups only once
 * (perf_poll clears it, kernel/events/core.c), so who waits must drain after arming: `wait` makes its callback drain
 * first in every case.
 */
export class WakeUp {
  count = 0;
  private readonly kernel: Kernel;
  private readonly fds: readonly number[];
  private readonly poll: number | undefined;
  private watches: Watch[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ready: (() => void) | undefined;

  /** `poll`: milliseconds between looks, without watches. */
  constructor(kernel: Kernel, fds: readonly number[], poll: number | undefined) {
    this.kernel = kernel;
    this.fds = fds;
    this.poll = poll;
  }

  /** Whether `wait` would set up watches first: then records that came before them are reported by nobody. */
  get armed(): boolean {
    return this.poll !== undefined || this.watches.length > 0;
  }

  /** Sets up the watches. */
  arm(): void {
    if (this.armed) return;
    this.watches = this.fds.map((fd) => this.kernel.watch(fd, () => this.fire()));
  }

  /** Calls `ready` once, later, when it is worth to look; the waiting keeps the process alive. */
  wait(ready: () => void): void {
    this.ready = ready;
    if (this.poll === undefined) this.arm();
    else this.timer ??= setTimeout(() => this.tick(), this.poll);
  }

  /** Forgets who waits and releases watches and timer. */
  stop(): void {
    this.ready = undefined;
    this.disarm();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tick(): void {
    this.timer = undefined;
    this.fire();
  }

  private fire(): void {
    const ready = this.ready;
    if (ready === undefined) {
      this.disarm();
      return;
    }
    this.count += 1;
    this.ready = undefined;
    ready();
  }

  private disarm(): void {
    for (const watch of this.watches) watch.stop();
    this.watches = [];
  }
}
