import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { BuildConfig } from "../../config.ts";
import { argumentError, TsbpfError } from "../../errors.ts";
import { sourceModule } from "../bundler/index.ts";
import type { CompileRequest } from "../clang/index.ts";
import {
  buildUnits,
  findSources,
  openProject,
  planUnits,
  withSettings,
  type Project,
  type Unit,
} from "../project/index.ts";
import type { ImportedObject } from "./find-objects.ts";

/** What became of an imported object. */
export interface EmbeddedObject {
  /** Absolute: what is imported, a generated module or a C source. */
  readonly file: string;
  /** `fresh`: nothing had changed. `found`: no source of its project is built to it, it is taken as it is. */
  readonly status: "built" | "fresh" | "found" | "refused";
  /** Warnings as the compiler printed them. */
  readonly output: string;
  /** Why it is refused. */
  readonly error: TsbpfError | undefined;
  /** The module's text where there is no file with it. */
  readonly code: string | undefined;
  /** What the compiler was asked, or would be; undefined: it is not compiled here. */
  readonly request: CompileRequest | undefined;
}

/** How objects are built. */
export interface ObjectOptions {
  /** On top of the project's config. */
  readonly settings?: BuildConfig | undefined;
  /** Ask the compiler for colours. */
  readonly color?: boolean | undefined;
}

/**
 * Builds what is not up to date and yields what became of each object. A refused one does not stop the others.
 * ARGUMENT: an imported module is neither there nor built from anything.
 */
export async function* buildObjects(
  objects: readonly ImportedObject[],
  options: ObjectOptions,
): AsyncGenerator<EmbeddedObject, void, undefined> {
  const groups = new Map<string, { project: Project; units: Unit[] }>();
  const common = { output: "", error: undefined, code: undefined, request: undefined };
  for (const { file, kind } of objects) {
    if (kind === "source") continue;
    const project = withSettings(await openProject(dirname(file)), options.settings ?? {});
    const unit = await unitOf(project, file);
    if (unit !== undefined) {
      const group = groups.get(project.root) ?? { project, units: [] };
      group.units.push(unit);
      groups.set(project.root, group);
    } else if (existsSync(file)) yield { ...common, file, status: "found" };
    else throw nobodyBuilds(project, file);
  }
  for (const { project, units } of groups.values()) {
    for await (const { unit, ...result } of buildUnits(project, units, options)) {
      const { status, output, error, request } = result;
      yield { ...common, file: resolve(project.root, unit.moduleFile ?? ""), status, output, error, request };
    }
  }
  // One after the other: each asks the same project what it remembers.
  for (const { file, kind } of objects) if (kind === "source") yield await sourceOf(file, options);
}

async function sourceOf(file: string, { settings, color }: ObjectOptions): Promise<EmbeddedObject> {
  try {
    if (!existsSync(file))
      throw argumentError(`expected a C source, found nothing at "${relative("", file)}"`);
    const { code, warnings, request } = await sourceModule(file, { config: settings, color });
    return { file, status: "built", output: warnings, error: undefined, code, request };
  } catch (error) {
    if (!(error instanceof TsbpfError)) throw error;
    return { file, status: "refused", output: "", error, code: undefined, request: undefined };
  }
}

/** The source and target whose module is written to `file`. */
async function unitOf(project: Project, file: string): Promise<Unit | undefined> {
  const beside = join(dirname(file), sourceName(file));
  // Without a config nothing says where sources are: all that is below could be a home directory.
  const sources = project.configFile === undefined ? [beside].filter(existsSync) : await findSources(project);
  return planUnits(project, sources).find(
    ({ moduleFile }) => moduleFile !== undefined && resolve(project.root, moduleFile) === file,
  );
}

function sourceName(file: string): string {
  return basename(file).replace(/\.gen\.ts$/, ".c");
}

function nobodyBuilds(project: Project, file: string): Error {
  const path = relative("", file);
  if (project.configFile === undefined) {
    return argumentError(
      `expected ${path}, found neither it nor ${sourceName(file)} beside it`,
      `tsbpf build -o ${relative("", dirname(file)) || "."} ${sourceName(file)} builds it from elsewhere`,
    );
  }
  return argumentError(
    `expected ${path}, found neither it nor a source that is built to it`,
    `correct the import, or "sources", "outDir" or "outName" in ${relative("", project.configFile)}`,
  );
}
