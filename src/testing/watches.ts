import type { Watch } from "../kernel/sys/index.ts";
import type { FakeObject } from "./fd-table.ts";

/** One watch: in the list of ready ones, until a look at the object says that it is not readable any more. */
interface Entry {
  readonly object: FakeObject;
  readonly ready: () => void;
  /** libuv adds an fd to its epoll set when its loop polls, not when it is asked to. */
  added: boolean;
  scheduled: boolean;
  stopped: boolean;
}

/**
 * epoll's level-triggered semantics (fs/eventpoll.c): a watch enters the ready list when it is added while the object
 * is readable, or when the object wakes its waiters; it stays there while a look finds the object readable. An
 * object that becomes readable without a wake-up is not noticed, so a reader that loses wake-ups hangs here too.
 */
export class FakeWatches {
  private readonly entries = new Set<Entry>();

  get size(): number {
    return this.entries.size;
  }

  add(object: FakeObject, ready: () => void): Watch {
    const entry: Entry = { object, ready, added: false, scheduled: false, stopped: false };
    this.entries.add(entry);
    setImmediate(() => {
      entry.added = true;
      // ep_insert asks once; the report asks again, and perf events have answered then.
      if (!entry.stopped && object.readable?.() === true) this.schedule(entry);
    });
    return {
      stop: () => {
        entry.stopped = true;
        this.entries.delete(entry);
      },
      ref: () => {},
      unref: () => {},
    };
  }

  /** The object wakes whoever waits for it. */
  wake(object: FakeObject): void {
    for (const entry of this.entries) if (entry.object === object) this.schedule(entry);
  }

  private schedule(entry: Entry): void {
    if (!entry.added || entry.scheduled || entry.stopped) return;
    entry.scheduled = true;
    setImmediate(() => {
      entry.scheduled = false;
      if (entry.stopped || entry.object.readable?.() !== true) return;
      entry.ready();
      this.schedule(entry);
    });
  }
}
