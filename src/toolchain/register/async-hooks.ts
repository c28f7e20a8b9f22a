// Hooks for Node before 22.15, which runs them in a thread of its own.
import { fileURLToPath } from "node:url";
import { sourceText } from "./source-text.ts";
import { isSource } from "./source-url.ts";

/** The `load` hook of `module.register`. */
export async function load<Loaded>(
  url: string,
  context: object,
  nextLoad: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded | { format: string; source: string; shortCircuit: boolean }> {
  if (!isSource(url)) return await nextLoad(url, context);
  return { format: "module", source: await sourceText(fileURLToPath(url)), shortCircuit: true };
}
