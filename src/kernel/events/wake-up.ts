import type { Kernel, Watch } from "../sys/index.ts";

/**
 * Wakes one waiting consumer when a buffer may have something to read: by the kernel's wake-ups, or by a timer.
 *
 * Watches are level-triggered and fire as long as a record waits, so they are dropped when one fires while nobody
 * waits (a slow consumer) and set up again by the next `wait`.
 *
 * A perf event answers "readable" once for each of its wake-ups (perf_poll clears it, kernel/events/core.c), and
 * adding it to an epoll set asks it once without telling anybody (ep_insert, then ep_send_events, fs/eventpoll.c);
 * libuv adds it when its loop next polls. So a record that comes between setting up a watch and that moment is
 * reported by nobody: whoever waits is woken once more when the watch is surely in place.
 */
export class WakeUp {
  count = 0;
  private readonly kernel: Kernel;
  private readonly fds: readonly number[];
  private readonly poll: number | undefined;
  private watches: Watch[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ready: (() => void) | undefined;
  private settling: ReturnType<typeof setImmediate> | undefined;

  /** `poll`: milliseconds between looks, without watches. */
  constructor(kernel: Kernel, fds: readonly number[], poll: number | undefined) {
    this.kernel = kernel;
    this.fds = fds;
    this.poll = poll;
  }

  /** Whether watches are set up: if not, records that came before them are reported by nobody. */
  get armed(): boolean {
    return this.poll !== undefined || this.watches.length > 0;
  }

  /** Sets up the watches. */
  arm(): void {
    if (this.armed) return;
    this.watches = this.fds.map((fd) => this.kernel.watch(fd, () => this.fire()));
    // Immediates run after the loop has polled. The first may belong to the turn that is under way.
    this.settling = setImmediate(() => {
      this.settling = setImmediate(() => this.settled());
    });
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

  private settled(): void {
    this.settling = undefined;
    const ready = this.ready;
    this.ready = undefined;
    ready?.();
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
    clearImmediate(this.settling);
    this.settling = undefined;
  }
}
