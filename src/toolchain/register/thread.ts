// The thread of compiler-thread.ts.
import { parentPort, type MessagePort } from "node:worker_threads";
import { sourceText } from "./source-text.ts";

/** A source to compile. */
export interface Request {
  readonly path: string;
  /** Where the answer goes. */
  readonly port: MessagePort;
  /** Set to 1 and notified when the answer is there. */
  readonly done: Int32Array;
}

/** What became of it. Cloned errors lose their own properties. */
export type Answer = { readonly code: string } | { readonly error: Error; readonly properties: object };

parentPort?.on("message", ({ path, port, done }: Request) => void answer(path, port, done));

async function answer(path: string, port: MessagePort, done: Int32Array): Promise<void> {
  let message: Answer;
  try {
    message = { code: await sourceText(path) };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { name, message: text, code, loc } = error as Error & { code?: unknown; loc?: unknown };
    message = { error: new Error(text), properties: { name, stack: error.stack, code, loc } };
  }
  port.postMessage(message);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}
