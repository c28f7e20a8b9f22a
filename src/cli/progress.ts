/** Nobody is told of what is over before they wonder. */
const PATIENCE_MS = 1000;

/** Says in one line on a terminal what is going on, once it has taken a second, and wipes it away when it is over. */
export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private readonly started = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private step = "";
  private shown = "";

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
  }

  /** What is done from now on. */
  readonly show = (step: string): void => {
    if (!this.stream.isTTY) return;
    this.step = step;
    this.timer ??= setInterval(() => this.draw(), 100).unref();
    if (this.shown !== "") this.draw();
  };

  /** Before anything else is printed, and at the end. */
  clear(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.shown !== "") this.stream.write("\r\u001b[K");
    this.shown = "";
  }

  private draw(): void {
    const elapsed = performance.now() - this.started;
    if (elapsed < PATIENCE_MS) return;
    // A terminal may not say how wide it is.
    const width = (this.stream.columns || 80) - 1;
    const line = `${this.step} … ${(elapsed / 1000).toFixed(0)} s`.slice(0, width);
    if (line === this.shown) return;
    this.stream.write(`\r\u001b[K${line}`);
    this.shown = line;
  }
}
