/** Nobody is told of what is over before they wonder. */
const SECOND = 1000;

/** One line on a terminal's stderr for work that takes over a second; nothing anywhere else. */
export class Progress {
  private readonly shown: boolean = process.stderr.isTTY;
  private readonly started = Date.now();
  private text = "";
  private visible = false;
  private timer: NodeJS.Timeout | undefined;

  /** What is being done now. */
  readonly show = (text: string): void => {
    if (!this.shown) return;
    this.text = text;
    const left = SECOND - (Date.now() - this.started);
    if (left <= 0 || this.visible) this.draw();
    else {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.draw();
      }, left);
      this.timer.unref();
    }
  };

  /** The same at once, for what will keep this thread from drawing later. */
  readonly showNow = (text: string): void => {
    if (!this.shown) return;
    this.text = text;
    this.draw();
  };

  /** Takes the line away. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.visible) process.stderr.write("\r\u001b[K");
    this.visible = false;
  }

  private draw(): void {
    this.visible = true;
    const width = process.stderr.columns || 80;
    process.stderr.write(`\r\u001b[K${this.text.slice(0, width - 1)}`);
  }
}
