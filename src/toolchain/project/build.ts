import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { TsbpfError } from "../../errors.ts";
import type { Announce, Clang, CompileRequest, CompileSettings, Target } from "../clang/index.ts";
import { keptHeader } from "../vmlinux/index.ts";
import { readState, writeState, type BuildState, type UnitRecord } from "./build-state.ts";
import { writeCompilationDatabase } from "./compilation-database.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Project } from "./project.ts";
import { btfOf, projectClang, settingsWith } from "./settings.ts";
import { recipeOf, shadowedPlaces, staleReason, unitKey } from "./stale.ts";
import { typeFiles, writeTypesConfig } from "./type-files.ts";
import type { Unit } from "./units.ts";
import { writeResult } from "./write-result.ts";

/** How a build runs. */
export interface BuildOptions {
  /** Build also what is up to date. */
  readonly force?: boolean | undefined;
  /** Compilers at once; default: one for each CPU. */
  readonly jobs?: number | undefined;
  /** Ask the compiler for colours. */
  readonly color?: boolean | undefined;
  /** The units are the whole project: `compile_commands.json` is written. */
  readonly database?: boolean | undefined;
  /** Ends the build: compilers are stopped, what is finished is remembered, the reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  readonly announce?: Announce | undefined;
  /** Is told of each unit that is compiled now. */
  readonly progress?: ((unit: Unit) => void) | undefined;
}

/** What became of one unit. */
export interface BuildResult {
  readonly unit: Unit;
  /** `fresh`: nothing had changed, nothing was run. */
  readonly status: "built" | "fresh" | "refused";
  /** Written files; what is fresh has been written before. */
  readonly files: readonly string[];
  /** Size of the object. */
  readonly bytes: number;
  /** Why it was built. */
  readonly reason: string | undefined;
  /** Warnings as the compiler printed them. */
  readonly output: string;
  /** What the compiler was asked, or would be. */
  readonly request: CompileRequest;
  /** Compiling and generating took this long. */
  readonly milliseconds: number;
  /** Why there is no result. */
  readonly error: TsbpfError | undefined;
}

/** One build: what is shared by its units. */
interface Session {
  readonly project: Project;
  readonly options: BuildOptions;
  readonly clang: Clang;
  readonly state: BuildState;
  readonly fingerprints: Fingerprints;
  /** Of each target: how it is compiled, and the hash of that. */
  readonly ways: ReadonlyMap<string, Way>;
  /** Units that were looked at: what is remembered of them is of now. */
  readonly seen: Set<string>;
}

interface Way {
  readonly settings: CompileSettings;
  readonly recipe: string;
}

/**
 * Builds what is not up to date, several at a time, and gives the results in the order of the units as they come. A unit
 * that is refused does not stop the others.
 */
export async function* buildUnits(
  project: Project,
  units: readonly Unit[],
  options: BuildOptions = {},
): AsyncGenerator<BuildResult, void, undefined> {
  const state = readState(project.stateFolder);
  const clang = projectClang(project, state.clang, options.announce);
  // What is wrong for all of them is said once.
  const ways = new Map<string, Way>();
  for (const { target } of units) {
    if (ways.has(target.name)) continue;
    const settings = await settingsFor(project, target, options.announce);
    ways.set(target.name, { settings, recipe: recipeOf(project, clang, settings) });
  }
  const fingerprints = new Fingerprints(project.root, state.files);
  const session: Session = { project, options, clang, state, fingerprints, ways, seen: new Set() };
  if (options.database === true)
    writeCompilationDatabase(project, units, clang, (unit) => wayOf(session, unit).settings);
  if (units.some((unit) => typeFiles(project, unit).length > 0)) writeTypesConfig(project);
  let isNews = state.clang?.stamp !== clang.stamp;
  try {
    for await (const result of inOrder(units, options.jobs ?? availableParallelism(), (unit) =>
      buildUnit(session, unit),
    )) {
      isNews ||= result.status !== "fresh";
      yield result;
    }
  } finally {
    // Also of a build that was stopped: what it finished need not be built again.
    if (isNews || fingerprints.hasNews) {
      writeState(project.stateFolder, mergedState(session, readState(project.stateFolder)));
    }
  }
}

/** The same as `projectSettings`, without loading what prints a header where it was printed. */
async function settingsFor(project: Project, target: Target, announce?: Announce): Promise<CompileSettings> {
  const kept = keptHeader(btfOf(project, target));
  if (kept === undefined || kept.isThere) return settingsWith(project, target, kept?.folder);
  const { projectSettings } = await import("./compile-unit.ts");
  return projectSettings(project, target, announce);
}

function wayOf({ ways }: Session, { target }: Unit): Way {
  const way = ways.get(target.name);
  if (way === undefined) throw new Error(`no settings for ${target.name}`); // each unit's target was gone through
  return way;
}

async function buildUnit(session: Session, unit: Unit): Promise<BuildResult> {
  const { project, options, clang, state, fingerprints } = session;
  options.signal?.throwIfAborted();
  const { settings, recipe } = wayOf(session, unit);
  const { signal, color } = options;
  const request: CompileRequest = {
    clang,
    settings,
    source: unit.source,
    directory: project.root,
    signal,
    color,
  };
  const key = unitKey(unit);
  session.seen.add(key);
  const known = state.units.get(key);
  const reason = options.force === true ? "asked for" : staleReason(known, fingerprints, recipe);
  const files = [unit.objectFile, unit.moduleFile].filter((file) => file !== undefined);
  const common = { unit, files, request, reason, output: "", error: undefined, milliseconds: 0 };
  if (reason === undefined && known !== undefined) return { ...common, status: "fresh", bytes: known.bytes };
  options.progress?.(unit);
  const started = performance.now();
  const startedAt = Date.now() + 1; // A file written in this very millisecond was there before.
  // Until it is built again; its inputs stay known to whoever watches them.
  if (known !== undefined) state.units.set(key, { ...known, recipe: "" });
  try {
    const { compileUnit, unitModule } = await import("./compile-unit.ts");
    const { unitTypes } = await import("./source-types.ts");
    const compiled = await compileUnit(request);
    const { object, output, dependencies } = compiled;
    const record: UnitRecord = {
      // What changed while the compiler ran may or may not have been seen by it: built again next time.
      recipe: dependencies.some((file) => fingerprints.isChangedSince(file, startedAt)) ? "" : recipe,
      inputs: Object.fromEntries(dependencies.map((file) => [file, fingerprints.now(file)?.[2] ?? ""])),
      absent: shadowedPlaces(settings, unit, dependencies, project.root),
      outputs: writeUnit(session, unit, object, {
        module: () => unitModule(project, unit, object),
        types: () => unitTypes(project, unit, settings, compiled),
      }),
      bytes: object.length,
    };
    state.units.set(key, record);
    const milliseconds = performance.now() - started;
    return { ...common, status: "built", output, bytes: object.length, milliseconds };
  } catch (error) {
    if (!(error instanceof TsbpfError)) throw error;
    return { ...common, status: "refused", error, bytes: 0, milliseconds: performance.now() - started };
  }
}

/** Gives the hashes of what was written. */
function writeUnit(
  { project, fingerprints }: Session,
  unit: Unit,
  object: Uint8Array,
  texts: {
    readonly module: () => string;
    readonly types: () => readonly (readonly [file: string, text: string])[];
  },
): UnitRecord["outputs"] {
  const hashes: Record<string, string> = {};
  const write = (file: string, content: string | Uint8Array): void => {
    writeResult(resolve(project.root, file), content, "--out-dir DIR writes elsewhere");
    hashes[file] = fingerprints.wrote(file, content);
  };
  if (unit.moduleFile !== undefined) write(unit.moduleFile, texts.module());
  if (unit.objectFile !== undefined) write(unit.objectFile, object);
  for (const [file, content] of texts.types()) write(file, content);
  return hashes;
}

/** What this build knows of its units, and what is remembered of others, which another build may have made meanwhile. */
function mergedState({ project, state, clang, seen, fingerprints }: Session, latest: BuildState): BuildState {
  const units = new Map(latest.units);
  for (const key of seen) {
    const record = state.units.get(key);
    if (record !== undefined) units.set(key, record);
  }
  forgetLostSources(units, project.root);
  const files: BuildState["files"] = new Map();
  for (const { inputs, outputs } of units.values()) {
    for (const file of [...Object.keys(inputs), ...Object.keys(outputs)]) {
      const known = fingerprints.now(file);
      if (known !== undefined) files.set(file, known);
    }
  }
  return { clang, units, files };
}

/** Sources that were renamed or deleted; what was made of them stays for whoever uses it. */
function forgetLostSources(units: BuildState["units"], root: string): void {
  for (const [key, { inputs }] of units) {
    const [source = ""] = Object.keys(inputs);
    if (!existsSync(resolve(root, source))) units.delete(key);
  }
}

/**
 * Runs `work` for all items, `limit` at a time, and yields the results in the items' order as they come. Nothing is begun
 * any more once one has failed or the caller has stopped asking.
 */
async function* inOrder<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const waiting: ((outcome: Promise<R>) => void)[] = [];
  const results = items.map(() => new Promise<R>((settle) => waiting.push(settle)));
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const item = items[index] as T; // noUncheckedIndexedAccess; next was compared
      const outcome = work(item);
      waiting[index]?.(outcome);
      await outcome;
    }
  };
  const stop = (): void => {
    next = items.length;
  };
  // A failure is met below, where its result is awaited.
  for (const result of results) result.catch(() => undefined);
  for (let count = Math.min(limit, items.length); count > 0; count--) void worker().catch(stop);
  try {
    for (const result of results) yield await result;
  } finally {
    stop();
  }
}
