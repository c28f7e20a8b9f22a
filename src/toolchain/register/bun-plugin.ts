import { sourceText } from "./source-text.ts";

/** What this needs of Bun (`bun --preload tsbpf/register main.ts`). */
export interface BunRuntime {
  plugin(plugin: BunPlugin): void;
}

interface BunPlugin {
  readonly name: string;
  setup(build: {
    onLoad(
      constraints: { readonly filter: RegExp },
      load: (file: {
        readonly path: string;
      }) => Promise<{ readonly contents: string; readonly loader: "js" }>,
    ): void;
  }): void;
}

/** Imports of C sources in programs that Bun runs. */
export const bunPlugin: BunPlugin = {
  name: "tsbpf",
  setup(build) {
    build.onLoad({ filter: /\.bpf\.c$/ }, async ({ path }) => ({
      contents: await sourceText(path),
      loader: "js",
    }));
  },
};
