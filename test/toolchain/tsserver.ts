// The real TypeScript server, as editors talk to it.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

interface Span {
  readonly file: string;
  readonly start: { readonly line: number; readonly offset: number };
}

/** A server with a project open. Close it. */
export class TsServer {
  private readonly child: ChildProcess;
  private sequence = 0;
  private readonly waiting = new Map<number, (body: unknown) => void>();
  private pending = "";

  constructor() {
    const program = createRequire(import.meta.url).resolve("typescript/lib/tsserver.js");
    const options = ["--disableAutomaticTypingAcquisition", "--suppressDiagnosticEvents"];
    this.child = spawn(process.execPath, [program, ...options], { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => this.take(text));
  }

  open(file: string): void {
    this.send("open", { file, fileContent: readFileSync(file, "utf8") });
  }

  /** Where the definition of what stands at the n-th `text` in the file is: `file:line:column`, 1-based. */
  async definition(file: string, text: string): Promise<string[]> {
    const before = readFileSync(file, "utf8").split(text)[0]?.split("\n") ?? [];
    const place = { file, line: before.length, offset: (before.at(-1)?.length ?? 0) + 1 };
    const spans = (await this.ask("definition", place)) as readonly Span[];
    return spans.map(({ file: target, start }) => `${target}:${start.line}:${start.offset}`);
  }

  /** What is wrong in a file. */
  async errors(file: string): Promise<string[]> {
    const found = (await this.ask("semanticDiagnosticsSync", { file })) as readonly { text: string }[];
    return found.map(({ text }) => text);
  }

  close(): void {
    this.child.kill();
  }

  private ask(command: string, parameters: object): Promise<unknown> {
    return new Promise((resolve) => this.waiting.set(this.send(command, parameters), resolve));
  }

  private send(command: string, parameters: object): number {
    const seq = ++this.sequence;
    this.child.stdin?.write(`${JSON.stringify({ seq, type: "request", command, arguments: parameters })}\n`);
    return seq;
  }

  /** Each message is a line of its own, between headers. */
  private take(text: string): void {
    const lines = (this.pending + text).split("\n");
    this.pending = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("{")) continue;
      const message = JSON.parse(line) as { type: string; request_seq: number; body?: unknown }; // the protocol's
      if (message.type === "response") this.waiting.get(message.request_seq)?.(message.body);
    }
  }
}
