/** Says on a terminal what is going on, once it has taken a second, and wipes it away when it is over. */
export class Progress {
  private readonly started = performance.now();
  private readonly timer: NodeJS.Timeout | undefined;
  private step = "";

  private readonly stream: NodeJS.WriteStream;
  private shown = "";

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
    if (stream.isTTY) this.timer = setInterval(() => this.show(), 100).unref();
  }

  /** What is done from now on. */
  at(step: string): void {
    this.step = step;
    if (this.shown !== "") this.show();
  }

  /** Before anything else is printed, and at the end. */
  clear(): void {
    if (this.shown !== "") this.stream.write("\r\x1b[K");
    this.shown = "";
  }

  /** Nothing is shown any more. */
  end(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const seconds = (performance.now() - this.started) / 1000;
    if (seconds < 1 || this.step === "") return;
    // A terminal may not say how wide it is.
    const line = `${this.step} … ${seconds.toFixed(0)} s`.slice(0, (this.stream.columns || 80) - 1);
    if (line === this.shown) return;
    this.stream.write(`\r\x1b[K${line}`);
    this.shown = line;
  }
}
