import { chmodSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { argumentError, CompileError } from "../errors.ts";
import { suggest } from "../suggestion.ts";
import { parseDiagnostics } from "../toolchain/clang/index.ts";
import { bundleEntry, type Bundle, type BundleStep, type EmbeddedObject } from "../toolchain/bundle/index.ts";
import { openProject, writeResult } from "../toolchain/project/index.ts";
import {
  bunExecutable,
  findBun,
  nodeExecutable,
  refuseOtherTarget,
  requireNode,
} from "../toolchain/sea/index.ts";
import type { Command, Input } from "./command.ts";
import { compilerOptions, settingsOf, wantsColor } from "./compiler-options.ts";
import { Progress } from "./progress.ts";
import { reportError } from "./report-error.ts";

/** What can be made. */
type Form = "mjs" | "node" | "bun";

export const bundleCommand: Command = {
  name: "bundle",
  summary: "Make one file of a program, with its objects, tsbpf and the native addon inside.",
  usage: "ENTRY [options]",
  options: {
    output: { value: "FILE", short: "o", help: "default: NAME.mjs or NAME, in the working directory" },
    exe: {
      value: "node|bun",
      optional: true,
      help: "an executable of the Node that runs tsbpf, or of bun: --exe=bun",
    },
    target: { value: "OS-ARCH", help: "of an executable; only this machine's can be made" },
    minify: { help: "shorten names as well" },
    external: {
      value: "PACKAGE",
      multiple: true,
      help: "leave PACKAGE outside: node_modules beside the file",
    },
    json: { help: "one JSON object on stdout" },
    explain: { help: "show on stderr what is done, why, with which command, and what is inside" },
    ...compilerOptions,
  },
  examples: [
    ["tsbpf bundle main.ts", "writes main.mjs, which runs with any Node from 20.19 on, in any folder"],
    ["tsbpf bundle src/main.ts -o dist/trace.mjs --minify", "smaller, and somewhere else"],
    ["tsbpf bundle main.ts --exe", "writes the executable main: no Node needed"],
    ["tsbpf bundle main.ts --exe=bun", "the same with bun"],
    ["tsbpf bundle main.ts --explain", "and how it is made"],
  ],
  async run(input) {
    const [entry, ...more] = input.positionals;
    if (entry === undefined || more.length > 0)
      throw argumentError(
        `expected one ENTRY, found ${entry === undefined ? "none" : input.positionals.length}`,
        "tsbpf bundle main.ts",
      );
    const form = formOf(input);
    const output = outputOf(input, entry, form);
    const progress = new Progress();
    try {
      return await make(input, { entry, form, output }, progress);
    } finally {
      progress.clear();
    }
  },
};

interface Wanted {
  readonly entry: string;
  readonly form: Form;
  /** As it was given, or relative to the working directory. */
  readonly output: string;
}

async function make(input: Input, wanted: Wanted, progress: Progress): Promise<number> {
  const { entry, form, output } = wanted;
  const steps: BundleStep[] = [];
  const onStep = (step: BundleStep): void => {
    steps.push(step);
    progress.show(step.what);
  };
  const { root: project } = await openProject(dirname(resolve(entry)));
  // Nothing is built for an executable that cannot be made.
  if (form !== "mjs") refuseOtherTarget(input.text("target"));
  if (form === "node") requireNode(project);
  if (form === "bun") findBun(project);
  const bundle = await bundleEntry(entry, {
    form: form === "node" ? "script" : "module",
    minify: input.on("minify"),
    external: input.texts("external"),
    settings: settingsOf(input),
    color: wantsColor() && !input.on("json"),
    onStep,
  });
  progress.clear();
  for (const object of bundle.objects) {
    if (!input.on("json")) process.stderr.write(object.output);
    if (object.error !== undefined) reportError("tsbpf bundle", object.error);
  }
  if (bundle.code === undefined) return 1;
  const request = { code: bundle.code, output: resolve(output), project, onStep };
  const made =
    form === "mjs"
      ? writeModule(request.output, bundle.code)
      : await (form === "bun" ? bunExecutable : nodeExecutable)(request);
  progress.clear();
  if (input.on("explain")) {
    await explain(entry, steps, bundle.objects);
  }
  const text = input.on("json")
    ? JSON.stringify(asJson(wanted, bundle, { ...made, steps }))
    : asText(wanted, bundle, made);
  process.stdout.write(`${text}\n`);
  return 0;
}

/** How each object was compiled, then how all became one file. */
async function explain(
  entry: string,
  steps: readonly BundleStep[],
  objects: readonly EmbeddedObject[],
): Promise<void> {
  const { explainCompile } = await import("../toolchain/explain/index.ts");
  const { bundleText, compileText } = await import("./explain/index.ts");
  for (const { request } of objects) {
    if (request === undefined) continue;
    const source = relative("", resolve(request.directory, request.source));
    process.stderr.write(compileText(source, await explainCompile(request)));
  }
  process.stderr.write(bundleText(entry, steps, objects));
}

function writeModule(path: string, code: string): { bytes: number; runtime: string } {
  writeResult(path, code, "-o FILE writes elsewhere");
  chmodSync(path, 0o755);
  return { bytes: Buffer.byteLength(code), runtime: "any Node from 20.19 on" };
}

function formOf(input: Input): Form {
  if (!input.on("exe")) {
    if (input.text("target") !== undefined)
      throw argumentError(
        "--target: expected it with --exe, found it alone",
        "an .mjs runs on x64 and arm64",
      );
    return "mjs";
  }
  const runtime = input.text("exe") || "node";
  if (runtime === "node" || runtime === "bun") return runtime;
  throw argumentError(`--exe: expected node or bun, found "${runtime}"`, suggest(runtime, ["node", "bun"]));
}

function outputOf(input: Input, entry: string, form: Form): string {
  const name = basename(entry).replace(/\.[cm]?[jt]sx?$/, "");
  const output = input.text("output") ?? (form === "mjs" ? `${name}.mjs` : name);
  if (resolve(output) === resolve(entry))
    throw argumentError(`expected another file than the entry to write, found "${output}"`, "-o FILE");
  return output;
}

function asText(
  { entry, output }: Wanted,
  { objects, modules }: Bundle,
  made: { bytes: number; runtime: string },
): string {
  const inside = [
    objects.length === 0 ? "no BPF object" : objects.map(nameOf).join(", "),
    `${modules} module${modules === 1 ? "" : "s"}`,
  ];
  return `${entry} → ${output} (${size(made.bytes)}: ${inside.join(", ")}; runs with ${made.runtime})`;
}

function asJson(
  { entry, form, output }: Wanted,
  { bundler, objects, modules }: Bundle,
  made: { bytes: number; runtime: string; steps: readonly BundleStep[] },
): object {
  return {
    entry,
    output,
    form,
    bytes: made.bytes,
    runtime: made.runtime,
    bundler,
    modules,
    objects: objects.map((object) => ({
      name: nameOf(object),
      file: relative("", object.file),
      status: object.status,
      diagnostics: diagnosticsOf(object),
    })),
    steps: made.steps,
  };
}

function diagnosticsOf({ output, error }: EmbeddedObject): object {
  return error instanceof CompileError ? error.diagnostics : parseDiagnostics(output);
}

/** `trace.bpf` of both `trace.bpf.gen.ts` and `trace.bpf.c`. */
function nameOf({ file }: EmbeddedObject): string {
  return basename(file).replace(/\.(gen\.ts|c)$/, "");
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / 1024 / 1024).toFixed(0)} MB`;
}
