/** Says on a terminal what is going on, once it has taken a second, and wipes it away when it is over. */
export class Progress {
  private readonly started = performance.now();
  private readonly timer: NodeJS.Timeout | undefined;
  private step = "";

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
    if (stream.isTTY) this.timer = setInterval(() => this.show(), 100).unref();
  }

  private readonly stream: NodeJS.WriteStream;
  private shown = false;

  /** What is done from now on. */
  at(step: string): void {
    this.step = step;
    if (this.shown) this.show();
  }

  /** Before anything else is printed, and at the end. */
  clear(): void {
    if (this.shown) this.stream.write("\r\x1b[K");
    this.shown = false;
  }

  /** Nothing is shown any more. */
  end(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const seconds = (performance.now() - this.started) / 1000;
    if (seconds < 1 || this.step === "") return;
    const line = `${this.step} … ${seconds.toFixed(0)} s`;
    this.stream.write(`\r\x1b[K${line.slice(0, this.stream.columns - 1)}`);
    this.shown = true;
  }
}
