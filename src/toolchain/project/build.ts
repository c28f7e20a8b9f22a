import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { TsbpfError } from "../../errors.ts";
import { compileCommand, type Clang, type CompileSettings } from "../clang/index.ts";
import { readState, writeState, type BuildState, type UnitRecord } from "./build-state.ts";
import { writeCompilationDatabase } from "./compilation-database.ts";
import { compileUnit, projectClang, projectSettings, unitModule } from "./compile-unit.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Project } from "./project.ts";
import { recipeOf, shadowedPlaces, staleReason, unitKey } from "./stale.ts";
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
  /** The compiler's command, without where it writes. */
  readonly command: readonly string[];
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
  /** Units that were looked at: what is remembered of them is of now. */
  readonly seen: Set<string>;
  settings(unit: Unit): CompileSettings;
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
  const clang = projectClang(project, state.clang);
  const settings = new Map<string, CompileSettings>();
  const session: Session = {
    project,
    options,
    clang,
    state,
    fingerprints: new Fingerprints(project.root, state.files),
    seen: new Set(),
    settings({ target }) {
      const known = settings.get(target.name) ?? projectSettings(project, target);
      settings.set(target.name, known);
      return known;
    },
  };
  // What is wrong for all of them is said once.
  for (const unit of units) session.settings(unit);
  if (options.database === true)
    writeCompilationDatabase(project, units, clang, (unit) => session.settings(unit));
  const before = JSON.stringify([...state.units]);
  try {
    yield* inOrder(units, options.jobs ?? availableParallelism(), (unit) => buildUnit(session, unit));
  } finally {
    if (JSON.stringify([...state.units]) !== before || state.clang?.stamp !== clang.stamp) {
      writeState(project.stateFolder, mergedState(session, readState(project.stateFolder)));
    }
  }
}

async function buildUnit(session: Session, unit: Unit): Promise<BuildResult> {
  const { project, options, clang, state, fingerprints } = session;
  const settings = session.settings(unit);
  const command = compileCommand({ clang, settings, source: unit.source, directory: project.root });
  const key = unitKey(unit);
  session.seen.add(key);
  const recipe = recipeOf(project, unit, clang, settings);
  const reason =
    options.force === true ? "asked for" : staleReason(state, fingerprints, key, recipe, project.root);
  const files = [unit.objectFile, unit.moduleFile].filter((file) => file !== undefined);
  const known = state.units.get(key);
  const common = { unit, files, command, reason, output: "", error: undefined, milliseconds: 0 };
  if (reason === undefined && known !== undefined) return { ...common, status: "fresh", bytes: known.bytes };
  const started = performance.now();
  // Until it is built again; its inputs stay known to whoever watches them.
  if (known !== undefined) state.units.set(key, { ...known, recipe: "" });
  try {
    const { object, output, dependencies } = await compileUnit(project, unit, {
      clang,
      settings,
      color: options.color,
    });
    writeUnit(project, unit, object);
    for (const file of files) fingerprints.forget(file);
    const record: UnitRecord = {
      recipe,
      inputs: dependencies,
      absent: shadowedPlaces(settings, unit, dependencies, project.root),
      outputs: files,
      bytes: object.length,
    };
    // What changed while the compiler ran may or may not have been seen by it: built again next time.
    if (!dependencies.some((file) => changedSince(fingerprints, file, started))) state.units.set(key, record);
    const milliseconds = performance.now() - started;
    return { ...common, status: "built", output, bytes: object.length, milliseconds };
  } catch (error) {
    if (!(error instanceof TsbpfError)) throw error;
    return { ...common, status: "refused", error, bytes: 0, milliseconds: performance.now() - started };
  }
}

function writeUnit(project: Project, unit: Unit, object: Uint8Array): void {
  const remedy = "--out-dir DIR writes elsewhere";
  if (unit.moduleFile !== undefined) {
    writeResult(resolve(project.root, unit.moduleFile), unitModule(project, unit, object), remedy);
  }
  if (unit.objectFile !== undefined) writeResult(resolve(project.root, unit.objectFile), object, remedy);
}

function changedSince(fingerprints: Fingerprints, file: string, started: number): boolean {
  const changed = Number(fingerprints.now(file)?.[1] ?? 0) / 1e6; // ns → ms
  return changed > performance.timeOrigin + started;
}

/**
 * What this build knows of its units and what is remembered of others, which another build may have made meanwhile. Only
 * files of some unit stay known.
 */
function mergedState({ state, clang, seen, fingerprints }: Session, latest: BuildState): BuildState {
  const units = new Map(latest.units);
  const files: BuildState["files"] = new Map();
  for (const key of seen) {
    const record = state.units.get(key);
    if (record === undefined) continue;
    units.set(key, record);
    for (const file of [...record.inputs, ...record.outputs]) {
      const now = fingerprints.now(file);
      if (now !== undefined) files.set(file, now);
    }
  }
  for (const [key, record] of units) {
    if (seen.has(key)) continue;
    for (const file of [...record.inputs, ...record.outputs]) {
      const known = latest.files.get(file);
      if (known === undefined) continue;
      // A file is known by one content: a unit that was made of another one has to be built again.
      if (files.has(file) && files.get(file)?.[2] !== known[2]) units.set(key, { ...record, recipe: "" });
      else files.set(file, files.get(file) ?? known);
    }
  }
  return { clang, units, files };
}

/** Runs `work` for all items, `limit` at a time, and yields the results in the items' order as they come. */
async function* inOrder<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const active = new Set<Promise<R>>();
  const results = items.map(async (item) => {
    while (active.size >= limit) await Promise.race(active);
    const task = work(item);
    active.add(task);
    try {
      return await task;
    } finally {
      active.delete(task);
    }
  });
  // The first rejection ends the loop below; the others are of the same kind.
  for (const result of results) result.catch(() => undefined);
  for (const result of results) yield await result;
}
