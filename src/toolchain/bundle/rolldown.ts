import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { CompileError, type Diagnostic } from "../../errors.ts";
import type { Peer } from "../peers/index.ts";
import { syntaxTarget, type BundleJob, type Bundler, type JoinedModules } from "./bundler.ts";

/** The part of rolldown 1's documented API that is used here. */
interface Rolldown {
  readonly rolldown: (options: object) => Promise<{
    generate(options: object): Promise<{ output: readonly Chunk[] }>;
    close(): Promise<void>;
  }>;
}

interface Chunk {
  readonly type: "chunk" | "asset";
  readonly code: string;
  readonly imports: readonly string[];
  readonly dynamicImports: readonly string[];
  readonly moduleIds: readonly string[];
}

/** What rolldown logs and throws. */
interface Message {
  readonly code?: string;
  readonly message: string;
  readonly loc?: { readonly file?: string; readonly line: number; readonly column: number };
}

interface Parser {
  readonly parseAst: (code: string) => { readonly body: readonly Statement[] };
}

interface Statement {
  readonly start: number;
  /** Of `var a = …, b = …`. */
  readonly declarations?: readonly { readonly start: number }[];
}

/** The bundler rolldown, as `peer` brings it. */
export function rolldownBundler(peer: Peer): Bundler {
  return {
    name: "rolldown",
    version: peer.version,
    origin: peer.origin,
    async join(job) {
      // Its documented exports.
      const { rolldown } = (await peer.load()) as Rolldown;
      const { parseAst } = (await peer.load("parseAst")) as Parser;
      return await join(rolldown, parseAst, job);
    },
  };
}

async function join(
  rolldown: Rolldown["rolldown"],
  parseAst: Parser["parseAst"],
  job: BundleJob,
): Promise<JoinedModules> {
  const { modules, directory } = job;
  const missing: Message[] = [];
  try {
    const build = await rolldown({
      input: job.entry,
      cwd: directory,
      platform: "node",
      transform: { target: syntaxTarget, define: job.define },
      // Names of files in comments would be another machine's paths.
      experimental: { attachDebugInfo: "none" },
      onLog(_level: string, log: Message) {
        if (log.code === "UNRESOLVED_IMPORT") missing.push(log);
      },
      plugins: [
        {
          name: "tsbpf",
          resolveId(specifier: string, importer: string | undefined) {
            const found = modules.resolve(specifier, importer);
            return found && { ...found, moduleSideEffects: found.sideEffects };
          },
          load(id: string) {
            const code = modules.load(id);
            return code === undefined ? undefined : { code, moduleType: "ts" };
          },
        },
      ],
    });
    try {
      const { output } = await build.generate({
        format: "esm",
        codeSplitting: false,
        comments: { legal: true, annotation: false, jsdoc: false },
        minify: { compress: true, mangle: job.minify, codegen: { removeWhitespace: job.minify } },
      });
      if (missing.length > 0) throw refusal(missing, directory);
      const [chunk] = output;
      const code = chunk?.code ?? "";
      return {
        code: job.minify ? inLines(code, parseAst) : code,
        modules: chunk?.moduleIds ?? [],
        imports: [...(chunk?.imports ?? []), ...(chunk?.dynamicImports ?? [])],
      };
    } finally {
      await build.close();
    }
  } catch (error) {
    const messages = (error as { errors?: readonly Message[] }).errors;
    if (messages === undefined) throw error;
    throw refusal(messages, directory, error);
  }
}

/** One statement or variable a line: Node shows the line that threw, and that would be all of the file. */
function inLines(code: string, parseAst: Parser["parseAst"]): string {
  const starts = parseAst(code).body.flatMap(({ start, declarations = [] }) => [
    start,
    ...declarations.slice(1).map((declaration) => declaration.start),
  ]);
  const pieces = starts.map((start, index) => code.slice(start, starts[index + 1]));
  return `${code.slice(0, starts[0])}${pieces.join("\n")}`;
}

function refusal(messages: readonly Message[], directory: string, cause?: unknown): CompileError {
  const plain = (message: string): string =>
    stripVTControlCharacters(message).replace(", treating it as an external dependency", "").trimEnd();
  const output = messages.map(({ message }) => plain(message)).join("\n");
  const diagnostics = messages.map(({ message, loc }): Diagnostic => ({
    severity: "error",
    message: (plain(message).split("\n", 1)[0] ?? "").replace(/^\[\w+\] | in \S+$/g, ""),
    file: loc?.file === undefined ? undefined : relative(directory, loc.file),
    line: loc?.line,
    column: loc === undefined ? undefined : loc.column + 1, // 0-based there
  }));
  return bundleRefusal(diagnostics, output, cause);
}

/** One form for what either bundler refuses. */
export function bundleRefusal(
  diagnostics: readonly Diagnostic[],
  output: string,
  cause?: unknown,
): CompileError {
  const [first] = diagnostics;
  const place = first?.file === undefined ? "" : `${first.file}:${first.line}:${first.column}: `;
  const [, name] = /^Could not resolve ['"]([^'".][^'"]*)['"]/.exec(first?.message ?? "") ?? [];
  const remedy =
    name === undefined ? undefined : `npm install ${name}, or --external ${name} if it is to stay outside`;
  return new CompileError(`${place}${first?.message ?? "refused"}`, diagnostics, output, { remedy, cause });
}
