import { dirname, isAbsolute } from "node:path";
import type { Diagnostic } from "../../errors.ts";
import type { Peer } from "../peers/index.ts";
import { syntaxTarget, type BundleJob, type Bundler, type JoinedModules } from "./bundler.ts";
import { bundleRefusal } from "./rolldown.ts";

/** The part of esbuild's documented API that is used here. */
interface Esbuild {
  build(options: object): Promise<{
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: {
      readonly inputs: Readonly<Record<string, unknown>>;
      readonly outputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
    };
  }>;
  formatMessages(messages: readonly Message[], options: object): Promise<string[]>;
}

interface Message {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

interface Plugin {
  onResolve(filter: object, answer: (asked: { path: string; importer: string }) => object | undefined): void;
  onLoad(filter: object, answer: (asked: { path: string }) => object | undefined): void;
}

/** The bundler esbuild, as `peer` brings it. */
export function esbuildBundler(peer: Peer): Bundler {
  return {
    name: "esbuild",
    version: peer.version,
    origin: peer.origin,
    async join(job) {
      const module = (await peer.load()) as Esbuild & { readonly default?: Esbuild }; // its documented exports
      return await join(module.default ?? module, job);
    },
  };
}

async function join(esbuild: Esbuild, job: BundleJob): Promise<JoinedModules> {
  const { directory, modules } = job;
  try {
    const { outputFiles, metafile } = await esbuild.build({
      entryPoints: [job.entry],
      absWorkingDir: directory,
      outdir: directory,
      write: false,
      metafile: true,
      logLevel: "silent",
      bundle: true,
      platform: "node",
      format: "esm",
      target: syntaxTarget,
      define: job.define,
      legalComments: "inline",
      minifySyntax: true,
      minifyIdentifiers: job.minify,
      // Without lines Node would show all of the file as the line that threw.
      ...(job.minify ? { minifyWhitespace: true, lineLimit: 120 } : {}),
      plugins: [
        {
          name: "tsbpf",
          setup(build: Plugin) {
            build.onResolve({ filter: /.*/ }, ({ path, importer }) => {
              const found = modules.resolve(path, importer === "" ? undefined : importer);
              if (found === undefined) return undefined;
              const { id, external = false, sideEffects } = found;
              const namespace = external || isAbsolute(id) ? "file" : "tsbpf";
              return { path: id, external, namespace, ...(sideEffects === undefined ? {} : { sideEffects }) };
            });
            const load = ({ path }: { path: string }): object | undefined => {
              const contents = modules.load(path);
              if (contents === undefined) return undefined;
              return { contents, loader: "ts", resolveDir: isAbsolute(path) ? dirname(path) : directory };
            };
            build.onLoad({ filter: /.*/, namespace: "tsbpf" }, load);
            build.onLoad({ filter: /\.bpf\.(c|gen\.ts)$/, namespace: "file" }, load);
          },
        },
      ],
    });
    const code = outputFiles[0]?.text ?? "";
    return {
      // A package in CommonJS that asks for a module of Node: esbuild leaves it to a `require` that modules lack.
      code: code.includes("Dynamic require of") ? withRequire(code) : code,
      modules: Object.keys(metafile.inputs),
      imports: Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path)),
    };
  } catch (error) {
    const messages = (error as { errors?: readonly Message[] }).errors;
    if (messages === undefined) throw error;
    const output = await esbuild.formatMessages(messages, { kind: "error", color: false });
    const diagnostics = messages.map(({ text, location }): Diagnostic => ({
      severity: "error",
      message: text,
      file: location?.file,
      line: location?.line,
      column: location === null ? undefined : location.column + 1, // 0-based there
    }));
    throw bundleRefusal(diagnostics, output.join("").trimEnd(), error);
  }
}

function withRequire(code: string): string {
  const hashbang = /^#!.*\n/.exec(code)?.[0] ?? "";
  return [
    `${hashbang}import { createRequire as nodeCreateRequire } from "node:module";`,
    "const require = nodeCreateRequire(import.meta.url);",
    code.slice(hashbang.length),
  ].join("\n");
}
