import type { Kernel } from "../sys/index.ts";
import { OwnedFd } from "./owned-fd.ts";

/** What a load has made so far: closed and undone, newest first, unless the load gets to its end. */
export class LoadScope {
  private readonly kernel: Kernel;
  private steps: (() => void)[] = [];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Takes an fd over; one of stdio's numbers is exchanged: 0 means "none" in many an attr (RULES 16). */
  own(fd: number, what: string): OwnedFd {
    const higher = fd > 2 ? fd : this.kernel.dup(fd);
    if (higher !== fd && higher >= 0) this.kernel.close(fd);
    const owner = new OwnedFd(this.kernel, higher >= 0 ? higher : fd, what);
    this.undo(() => owner.close());
    return owner;
  }

  /** Runs `step` if the load does not get to its end. */
  undo(step: () => void): void {
    this.steps.push(step);
  }

  /** Undoes everything. A step that cannot be undone does not stop the others: the load's own error matters more. */
  rollback(): void {
    for (const step of this.steps.reverse()) {
      try {
        step();
      } catch (error) {
        process.emitWarning(`a refused load left something behind: ${String(error)}`, {
          type: "TsbpfLeakWarning",
        });
      }
    }
    this.steps = [];
  }

  /** Keeps everything. */
  commit(): void {
    this.steps = [];
  }
}
