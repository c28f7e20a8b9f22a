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

/** What became of it. */
export type Answer = { readonly code: string } | { readonly refusal: Refusal };

/** An error, whose clone would lose what is its own. */
export interface Refusal {
  readonly text: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly loc: object | undefined;
}

parentPort?.on("message", ({ path, port, done }: Request) => void answer(path, port, done));

async function answer(path: string, port: MessagePort, done: Int32Array): Promise<void> {
  let message: Answer;
  try {
    message = { code: await sourceText(path) };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { message: text, stack, code, loc } = error as Error & Partial<Refusal>;
    message = { refusal: { text, stack, code, loc } };
  }
  port.postMessage(message);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}
