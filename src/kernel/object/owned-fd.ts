import { ErrorCode, TsbpfError } from "../../errors.ts";
import type { Kernel } from "../sys/index.ts";

/**
 * Reports fds whose owner was garbage-collected unclosed. It closes nothing: an fd number may have been given to
 * somebody else by then, and what it holds (a map, an attachment) should not end at a moment that nobody chose.
 */
const forgotten = new FinalizationRegistry<string>((what) => {
  process.emitWarning(
    `${what} was garbage-collected without close(): its fd stays open until the process ends`,
    {
      type: "TsbpfLeakWarning",
    },
  );
});

/** A file descriptor with exactly one owner. */
export class OwnedFd {
  private readonly kernel: Kernel;
  private readonly what: string;
  private number: number;

  /** Takes the fd over. `what` names it in errors and warnings: `map "events"`. */
  constructor(kernel: Kernel, fd: number, what: string) {
    this.kernel = kernel;
    this.what = what;
    this.number = fd;
    forgotten.register(this, what, this);
  }

  /** The fd; CLOSED after {@link close}. */
  get fd(): number {
    if (this.number < 0) throw new TsbpfError(ErrorCode.CLOSED, "used after close()", { trail: [this.what] });
    return this.number;
  }

  get isClosed(): boolean {
    return this.number < 0;
  }

  /** Idempotent. What close(2) answers does not matter: the fd is gone either way. */
  close(): void {
    if (this.number < 0) return;
    forgotten.unregister(this);
    this.kernel.close(this.number);
    this.number = -1;
  }
}
