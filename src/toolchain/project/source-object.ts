import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { argumentError } from "../../errors.ts";
import type { CompileRequest } from "../clang/index.ts";
import { buildUnits } from "./build.ts";
import { readState } from "./build-state.ts";
import { importTarget } from "./import-target.ts";
import { pathInProject, type Project } from "./project.ts";
import { unitKey } from "./stale.ts";
import { planUnits, type Unit } from "./units.ts";

/** A compiled source, from now or from an earlier build. */
export interface SourceObject {
  /** `trace_execve` of `src/trace_execve.bpf.c`. */
  readonly name: string;
  /** Without DWARF. */
  readonly object: Uint8Array;
  /** Warnings as the compiler printed them; "" if nothing was compiled. */
  readonly output: string;
  /** Files that decide over the result, absolute: the source, its headers, the config. */
  readonly dependencies: readonly string[];
  /** What the compiler was asked, or would be. */
  readonly request: CompileRequest;
}

/**
 * The object of one source as the project builds it, for a target that this machine or the project's config names. It
 * is kept beside what the project remembers: what is up to date is not compiled again. COMPILE: the compiler refuses it.
 */
export async function sourceObject(
  project: Project,
  source: string,
  options: { readonly color?: boolean | undefined } = {},
): Promise<SourceObject> {
  const unit = importedUnit(project, source);
  let built;
  for await (const result of buildUnits(project, [unit], { color: options.color })) built = result;
  if (built === undefined || unit.objectFile === undefined)
    throw argumentError(`expected a C source, found "${source}"`);
  if (built.error !== undefined) throw built.error;
  const object = readFileSync(resolve(project.root, unit.objectFile));
  const dependencies = sourceDependencies(project, source);
  const { output, request } = built;
  return { name: unit.name, object: new Uint8Array(object), output, dependencies, request };
}

/** What decides over a source, absolute, as far as is known: after a refusal that is what the last good build read. */
export function sourceDependencies(project: Project, source: string): string[] {
  const unit = importedUnit(project, source);
  const inputs = readState(project.stateFolder).units.get(unitKey(unit))?.inputs ?? {};
  const files = [unit.source, ...Object.keys(inputs)].map((file) => resolve(project.root, file));
  return [...new Set([...files, ...(project.configFile === undefined ? [] : [project.configFile])])];
}

/** The source as a unit of its own, which leaves what `tsbpf build` writes beside the source alone. */
function importedUnit(project: Project, source: string): Unit {
  const [planned] = planUnits({ ...project, targets: [importTarget(project)] }, [source]);
  if (planned === undefined) throw argumentError(`expected a C source, found "${source}"`);
  const { source: path, target } = planned;
  // A source outside of the project has no path in it.
  const place = isAbsolute(path) ? createHash("sha256").update(path).digest("hex").slice(0, 16) : path;
  const folder = pathInProject(project, project.stateFolder);
  const objectFile = join(folder, "objects", target.name, place.replace(/(\.bpf)?\.c$/, "") + ".bpf.o");
  return { ...planned, objectFile, moduleFile: undefined };
}
