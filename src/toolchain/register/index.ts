// `node --import tsbpf/register main.ts`: imports of C sources in what Node runs. Loads nothing until there is one.
import * as module from "node:module";
import { fileURLToPath } from "node:url";
import { bunPlugin, type BunRuntime } from "./bun-plugin.ts";
import { CompilerThread } from "./compiler-thread.ts";
import { siblingModule } from "./sibling-module.ts";
import { isSource } from "./source-url.ts";

/** A hook as `module.registerHooks` takes it: it runs where the import is and cannot wait for a promise. */
type SyncLoad = (url: string, context: object, nextLoad: (url: string, context: object) => Loaded) => Loaded;

interface Loaded {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit?: boolean;
}

const { Bun } = globalThis as { Bun?: BunRuntime };
if (Bun !== undefined) {
  Bun.plugin(bunPlugin);
} else if ("registerHooks" in module) {
  const thread = new CompilerThread();
  // Node 22.15; the types are of Node 20.
  const registerHooks = module.registerHooks as (hooks: { readonly load: SyncLoad }) => unknown;
  registerHooks({
    load: (url, context, nextLoad) =>
      isSource(url)
        ? { format: "module", source: thread.compile(fileURLToPath(url)), shortCircuit: true }
        : nextLoad(url, context),
  });
} else {
  module.register(siblingModule(import.meta.url, "async-hooks"));
}
