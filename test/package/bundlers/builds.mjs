// One build for each bundler, run by run.mjs in its project. `node builds.mjs NAME` makes out/NAME.mjs of main.mjs;
// `bad` builds a source that the compiler refuses, `misspelt` has a wrong option, `watch` builds watched.mjs again at each
// change and runs what comes out.
import { pathToFileURL } from "node:url";

const [name, mode] = process.argv.slice(2);
const { default: tsbpf } = await import(`tsbpf/${name}`);
const plugins = [tsbpf(mode === "misspelt" ? { defin: {} } : { define: { BUNDLED: 1 } })];
const entry = { bad: "bad.mjs", watch: "watched.mjs" }[mode] ?? "main.mjs";
const file = mode === "watch" ? `${name}-watched.mjs` : `${name}.mjs`;
const builtins = /^node:/;
let runs = 0;
const runOutput = () => import(`${pathToFileURL(`out/${file}`).href}?${runs++}`);

const builds = {
  async vite() {
    const { build, createServer } = await import("vite");
    if (mode === "watch") {
      const server = await createServer({ logLevel: "silent", plugins, server: { middlewareMode: true } });
      // What a request does; the server forgets a module when a file that it depends on changes.
      setInterval(() => void server.ssrLoadModule("/watched.mjs"), 200);
      return;
    }
    const rollupOptions = { output: { entryFileNames: file } };
    const options = { ssr: entry, outDir: "out", emptyOutDir: false, rollupOptions };
    await build({ logLevel: "silent", plugins, ssr: { noExternal: true }, build: options });
  },
  async rollup() {
    const { rollup, watch } = await import("rollup");
    // Rollup itself resolves no packages.
    const input = { input: entry, plugins, external: ["tsbpf", builtins] };
    const output = { file: `out/${file}`, format: "esm" };
    if (mode === "watch") {
      const watcher = watch({ ...input, output });
      watcher.on("event", (event) => void (event.code === "END" && runOutput()));
      return;
    }
    const bundle = await rollup(input);
    await bundle.write(output);
  },
  async rolldown() {
    const { rolldown } = await import("rolldown");
    const bundle = await rolldown({ input: entry, plugins, platform: "node", external: builtins });
    await bundle.write({ file: `out/${file}`, format: "esm" });
  },
  async esbuild() {
    const { build } = await import("esbuild");
    const target = { bundle: true, platform: "node", format: "esm", outfile: `out/${file}` };
    await build({ entryPoints: [entry], plugins, ...target, logLevel: "silent" });
  },
  async webpack() {
    const { default: webpack } = await import("webpack");
    await webpackLike(webpack);
  },
  async rspack() {
    const { rspack } = await import("@rspack/core");
    await webpackLike(rspack);
  },
  async bun() {
    const target = { target: "bun", outdir: "out", naming: file };
    const result = await Bun.build({ entrypoints: [entry], plugins, ...target });
    if (!result.success) throw new AggregateError(result.logs);
  },
};

async function webpackLike(make) {
  const compiler = make({
    mode: "none",
    target: "node20",
    context: process.cwd(),
    entry: `./${entry}`,
    experiments: { outputModule: true },
    output: { path: `${process.cwd()}/out`, filename: file, module: true, chunkFormat: "module" },
    plugins,
  });
  if (mode === "watch") {
    compiler.watch({}, () => runOutput());
    return;
  }
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  await new Promise((resolve) => compiler.close(resolve));
}

await builds[name]();
