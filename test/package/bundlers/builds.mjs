// One build for each bundler: main.mjs, which imports a C source, becomes out/NAME.mjs. Run in the test's project:
// `node builds.mjs NAME`, in Bun for bun.
const [name] = process.argv.slice(2);
const { default: tsbpf } = await import(`tsbpf/${name}`);
const plugins = [tsbpf({ define: { BUNDLED: 1 } })];
const builtins = /^node:/;

const builds = {
  async vite() {
    const { build } = await import("vite");
    await build({
      logLevel: "warn",
      plugins,
      ssr: { noExternal: true },
      build: { ssr: "main.mjs", outDir: "out", emptyOutDir: false, rollupOptions: { output: { entryFileNames: "vite.mjs" } } },
    });
  },
  async rollup() {
    const { rollup } = await import("rollup");
    // Rollup itself resolves no packages.
    const bundle = await rollup({ input: "main.mjs", plugins, external: ["tsbpf", builtins] });
    await bundle.write({ file: "out/rollup.mjs", format: "esm" });
  },
  async rolldown() {
    const { rolldown } = await import("rolldown");
    const bundle = await rolldown({ input: "main.mjs", plugins, platform: "node", external: builtins });
    await bundle.write({ file: "out/rolldown.mjs", format: "esm" });
  },
  async esbuild() {
    const { build } = await import("esbuild");
    await build({
      entryPoints: ["main.mjs"],
      plugins,
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: "out/esbuild.mjs",
      logLevel: "silent",
    });
  },
  async webpack() {
    const { default: webpack } = await import("webpack");
    await run(webpack(webpackConfig("webpack")));
  },
  async rspack() {
    const { rspack } = await import("@rspack/core");
    await run(rspack(webpackConfig("rspack")));
  },
  async bun() {
    const result = await Bun.build({
      entrypoints: ["main.mjs"],
      plugins,
      target: "bun",
      outdir: "out",
      naming: "bun.mjs",
    });
    if (!result.success) throw new AggregateError(result.logs);
  },
};

function webpackConfig(bundler) {
  return {
    mode: "production",
    target: "node20",
    context: process.cwd(),
    entry: "./main.mjs",
    experiments: { outputModule: true },
    output: { path: `${process.cwd()}/out`, filename: `${bundler}.mjs`, module: true, chunkFormat: "module" },
    plugins,
  };
}

function run(compiler) {
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error) reject(error);
      else if (stats.hasErrors()) reject(new Error(stats.toString({ all: false, errors: true })));
      else compiler.close(() => resolve());
    });
  });
}

await builds[name]();
