import { relative, resolve } from "node:path";
import type { BuildConfig } from "../config.ts";
import { argumentError, CompileError, type Diagnostic, type TsbpfError } from "../errors.ts";
import { parseDiagnostics } from "../toolchain/clang/index.ts";
import type { CompileExplanation } from "../toolchain/explain/index.ts";
import {
  buildUnits,
  findSources,
  openProject,
  planUnits,
  ProjectWatch,
  withSettings,
  type BuildResult,
  type Project,
} from "../toolchain/project/index.ts";
import type { Command, Input } from "./command.ts";
import { compilerOptions, projectOf, settingsOf, wantsColor } from "./compiler-options.ts";
import { Progress } from "./progress.ts";
import { reportError } from "./report-error.ts";
import { StopSignal } from "./stop-signal.ts";

export const buildCommand: Command = {
  name: "build",
  summary: "Compile C sources to BPF objects and typed TypeScript modules that embed them.",
  usage: "[FILE.bpf.c…] [options]     without a file: the whole project",
  options: {
    watch: { short: "w", help: "build again when a source, a header or the config changes, until Ctrl-C" },
    force: { short: "f", help: "build also what is up to date" },
    jobs: { value: "N", short: "j", help: "compilers at once; default: one for each CPU" },
    target: {
      value: "ARCH",
      multiple: true,
      help: "x86, arm64, riscv, s390, powerpc, mips-le …; default: this machine",
    },
    "out-dir": {
      value: "DIR",
      short: "o",
      completes: "folders",
      help: "where results go; default: beside each source",
    },
    "out-name": { value: "NAME", help: "how they are named; default: {name}.bpf, or {name}.{target}.bpf" },
    "no-object": { help: "write only NAME.bpf.gen.ts, not NAME.bpf.o" },
    "no-module": { help: "write only NAME.bpf.o, not NAME.bpf.gen.ts" },
    import: { value: "NAME", help: 'what the generated module imports; default: "tsbpf"' },
    json: { help: "one JSON line per object on stdout" },
    explain: { help: "show how each source is compiled: command, search order, includes, macros" },
    ...compilerOptions,
  },
  completes: { files: [".bpf.c"] },
  examples: [
    ["tsbpf build", "builds every *.bpf.c of the project that is not up to date"],
    ["tsbpf build trace.bpf.c", "writes trace.bpf.o and trace.bpf.gen.ts beside the source"],
    ["tsbpf build --watch", "and again whenever something changes"],
    ["tsbpf build --target x86 --target arm64", "for both machines"],
    ["tsbpf build --bpf-headers libbpf-1.3.0/src", "with another release's bpf_helpers.h"],
  ],
  async run(input) {
    const projects = await projectsOf(input);
    const stop = new StopSignal();
    try {
      if (input.on("watch")) await watchAll(projects, input, stop.signal);
      else return await buildAll(projects, input, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      stop.release();
    }
    return input.on("watch") ? 0 : stop.again();
  },
};

/** A project and the sources of it that are wanted; undefined: all. */
interface Wanted {
  readonly project: Project;
  readonly sources: readonly string[] | undefined;
}

async function projectsOf(input: Input): Promise<readonly Wanted[]> {
  const more = buildSettings(input);
  if (input.positionals.length === 0) {
    return [{ project: withSettings(await openProject(""), more), sources: undefined }];
  }
  const wanted = new Map<string, { project: Project; sources: string[] }>();
  for (const source of input.positionals) {
    const opened = await projectOf(source, input);
    const entry = wanted.get(opened.root) ?? { project: withSettings(opened, more), sources: [] };
    entry.sources.push(resolve(source));
    wanted.set(opened.root, entry);
  }
  return [...wanted.values()];
}

/** What the command line says beyond compiling. */
function buildSettings(input: Input): BuildConfig {
  const outDir = input.text("out-dir");
  const outName = input.text("out-name");
  const from = input.text("import");
  if (outName !== undefined && !outName.includes("{name}")) {
    throw argumentError(`--out-name: expected a name with {name} in it, found "${outName}"`);
  }
  return {
    ...(input.positionals.length === 0 ? settingsOf(input) : {}),
    ...(outDir === undefined ? {} : { outDir }),
    ...(outName === undefined ? {} : { outName }),
    ...(from === undefined ? {} : { import: from }),
    ...(input.on("no-object") ? { object: false } : {}),
    ...(input.on("no-module") ? { module: false } : {}),
    ...(input.texts("target").length === 0 ? {} : { target: input.texts("target") }),
  };
}

async function buildAll(projects: readonly Wanted[], input: Input, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const counts = { built: 0, fresh: 0, refused: 0 };
  const progress = new Progress();
  try {
    for (const wanted of projects)
      for await (const status of buildOne(wanted, input, signal, progress)) counts[status]++;
  } finally {
    progress.clear();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const parts = [
    counts.built > 0 ? `${counts.built} built` : "",
    counts.fresh > 0 ? `${counts.fresh} up to date` : "",
    counts.refused > 0 ? `${counts.refused} refused` : "",
  ].filter((part) => part !== "");
  process.stderr.write(`${parts.join(", ")} in ${seconds} s\n`);
  return counts.refused === 0 ? 0 : 1;
}

async function* buildOne(
  { project, sources }: Wanted,
  input: Input,
  signal: AbortSignal,
  progress: Progress,
): AsyncGenerator<BuildResult["status"], void, undefined> {
  const units = planUnits(project, sources ?? (await findSources(project)));
  if (units.length === 0) throw noSources(project);
  let done = 0;
  const results = buildUnits(project, units, {
    force: input.on("force"),
    jobs: parseJobs(input.text("jobs")),
    color: wantsColor() && !input.on("json"),
    database: sources === undefined && project.configFile !== undefined,
    signal,
    announce: progress.showNow,
    progress: ({ source }) => progress.show(`compiling ${source}: ${done} of ${units.length} done`),
  });
  for await (const result of results) {
    done++;
    const explanation = input.on("explain") ? await explain(result) : undefined;
    progress.clear();
    if (input.on("json"))
      process.stdout.write(`${JSON.stringify({ ...asJson(project, result), explanation })}\n`);
    else await report(project, result, explanation);
    yield result.status;
  }
}

function noSources(project: Project): Error {
  const { sources = "**/*.bpf.c" } = project.config;
  return argumentError(
    `expected sources like ${[sources].flat().join(", ")} in ${project.root}, found none`,
    project.configFile === undefined
      ? "name a source, or make a project with tsbpf init DIR"
      : `correct "sources" in ${relative("", project.configFile)}`,
  );
}

function parseJobs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw argumentError(`--jobs: expected a number above 0, found "${text}"`);
  return Number(text);
}

async function explain({ request }: BuildResult): Promise<CompileExplanation> {
  const { explainCompile } = await import("../toolchain/explain/index.ts");
  return explainCompile(request);
}

async function report(
  project: Project,
  result: BuildResult,
  explanation: CompileExplanation | undefined,
): Promise<void> {
  const path = (file: string): string => relative("", resolve(project.root, file));
  if (explanation !== undefined) {
    const { compileText } = await import("./explain/index.ts");
    process.stderr.write(compileText(path(result.unit.source), explanation));
    if (result.reason !== undefined) process.stderr.write(`compiled, because: ${result.reason}\n`);
  }
  process.stderr.write(result.output);
  if (result.error !== undefined) reportError("tsbpf build", result.error);
  else if (result.status === "built") {
    const files = result.files.map(path).join(", ");
    process.stdout.write(`${path(result.unit.source)} → ${files} (${(result.bytes / 1024).toFixed(0)} KB)\n`);
  }
}

function asJson(project: Project, result: BuildResult): object {
  const { unit, status, files, bytes, reason, milliseconds, error, output } = result;
  const path = (file: string): string => relative("", resolve(project.root, file));
  return {
    source: path(unit.source),
    target: unit.target.name,
    status,
    files: files.map(path),
    bytes,
    ...(reason === undefined ? {} : { reason }),
    ...(status === "fresh" ? {} : { seconds: Math.round(milliseconds) / 1000 }),
    diagnostics: diagnosticsOf(output, error),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

/** Warnings, or what the compiler refused the source for. */
function diagnosticsOf(output: string, error: TsbpfError | undefined): readonly Diagnostic[] {
  return error instanceof CompileError ? error.diagnostics : parseDiagnostics(output);
}

async function watchAll(projects: readonly Wanted[], input: Input, signal: AbortSignal): Promise<void> {
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  // Watched from before the first build: what changes while one runs is built by the next.
  const watches = new Map(projects.map(({ project }) => [project.root, new ProjectWatch(project, note)]));
  let current = projects;
  try {
    for (;;) {
      try {
        await buildAll(current, input, signal);
      } catch (error) {
        if (signal.aborted) return;
        reportError("tsbpf build", error);
      }
      for (const watch of watches.values()) watch.update();
      process.stderr.write("waiting for changes; Ctrl-C ends\n");
      const changed = await firstChange([...watches.values()], signal);
      if (changed === undefined) return;
      process.stderr.write(`${relative("", changed)} changed\n`);
      current = await reopened(current, input);
    }
  } finally {
    for (const watch of watches.values()) watch.close();
  }
}

/** With the config as it is now; one that is half written is repaired while we go on with the last one. */
async function reopened(current: readonly Wanted[], input: Input): Promise<readonly Wanted[]> {
  try {
    return await projectsOf(input);
  } catch (error) {
    reportError("tsbpf build", error);
    return current;
  }
}

async function firstChange(
  watches: readonly ProjectWatch[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const round = new AbortController();
  const either = AbortSignal.any([signal, round.signal]);
  const changed = await Promise.race(watches.map((watch) => watch.next(either)));
  round.abort();
  return changed;
}
