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

  /** The same at once, for what will keep this thread from drawing later. */
  readonly showNow = (step: string): void => {
    if (!this.stream.isTTY) return;
    this.step = step;
    this.write(step);
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
    if (elapsed >= PATIENCE_MS) this.write(`${this.step} … ${(elapsed / 1000).toFixed(0)} s`);
  }

  private write(text: string): void {
    // A terminal may not say how wide it is.
    const line = text.slice(0, (this.stream.columns || 80) - 1);
    if (line === this.shown) return;
    this.stream.write(`\r\u001b[K${line}`);
    this.shown = line;
  }
}
