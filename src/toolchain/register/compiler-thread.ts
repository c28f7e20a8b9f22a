import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Answer, Refusal, Request } from "./thread.ts";
import { siblingModule } from "./sibling-module.ts";

/** Compiles while its caller waits: a config file can only be imported asynchronously, a compiler be run so. */
export class CompilerThread {
  private worker: Worker | undefined;

  /** The JavaScript that the source at this path is imported as. Throws what stands in its way. */
  compile(path: string): string {
    this.worker ??= start();
    const { port1, port2 } = new MessageChannel();
    const done = new Int32Array(new SharedArrayBuffer(4));
    const request: Request = { path, port: port2, done };
    this.worker.postMessage(request, [port2]);
    Atomics.wait(done, 0, 0);
    const { message } = receiveMessageOnPort(port1) as { message: Answer }; // thread.ts sends it before it wakes us
    port1.close();
    if ("code" in message) return message.code;
    throw new TsbpfError(message.refusal);
  }
}

/** Errors of the thread: the class itself would bring all of tsbpf into programs that may import nothing of it. */
class TsbpfError extends Error {
  readonly code: string | undefined;

  constructor({ text, stack, code, loc }: Refusal) {
    super(text);
    this.code = code;
    if (stack !== undefined) this.stack = stack;
    if (loc !== undefined) Object.assign(this, { loc });
  }
}

function start(): Worker {
  // Without this process' own --import: the thread imports nothing that needs it.
  const worker = new Worker(siblingModule(import.meta.url, "thread"), { execArgv: [] });
  worker.unref();
  return worker;
}
