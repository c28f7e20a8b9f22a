const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ctrl-C and its like ask for a tidy end: what is being written is written whole, who waits for `signal` ends what it
 * started. A second one finds the default again, for what does not end.
 */
export class StopSignal {
  private readonly controller = new AbortController();
  private received: (typeof names)[number] | undefined;

  constructor() {
    for (const name of names) process.once(name, this.stop);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  release(): void {
    for (const name of names) process.off(name, this.stop);
  }

  /** Ends as who does not catch the signal would, so that a shell's loop or `make` stops, too. */
  again(): number {
    this.release();
    if (this.received !== undefined) process.kill(process.pid, this.received);
    return 1;
  }

  private readonly stop = (name: NodeJS.Signals): void => {
    this.release();
    this.received = names.find((known) => known === name);
    this.controller.abort();
  };
}
