import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { BuildConfig } from "../../config.ts";
import { argumentError } from "../../errors.ts";
import {
  buildUnits,
  findSources,
  openProject,
  planUnits,
  withSettings,
  type BuildResult,
  type Project,
  type Unit,
} from "../project/index.ts";
import type { ImportedObject } from "./find-objects.ts";

/** What is embedded of an imported object. */
export interface EmbeddedModule {
  /** The module's file. */
  readonly file: string;
  /** How it came to be up to date; undefined: no source of its project is built to it, and it is taken as it is. */
  readonly built: BuildResult | undefined;
}

/** Builds what is not up to date of the generated modules, and yields each. ARGUMENT: one is neither there nor built. */
export async function* buildObjects(
  objects: readonly ImportedObject[],
  settings: BuildConfig,
  color: boolean,
): AsyncGenerator<EmbeddedModule, void, undefined> {
  const groups = new Map<string, { project: Project; units: Unit[] }>();
  const asTheyAre: string[] = [];
  for (const { file } of objects) {
    const project = withSettings(await openProject(dirname(file)), settings);
    const unit = await unitOf(project, file);
    if (unit === undefined) {
      if (!existsSync(file)) throw nobodyBuilds(project, file);
      asTheyAre.push(file);
      continue;
    }
    const group = groups.get(project.root) ?? { project, units: [] };
    group.units.push(unit);
    groups.set(project.root, group);
  }
  for (const file of asTheyAre) yield { file, built: undefined };
  for (const { project, units } of groups.values()) {
    for await (const built of buildUnits(project, units, { color })) {
      yield { file: resolve(project.root, built.unit.moduleFile ?? ""), built };
    }
  }
}

/** The source and target whose module is written to `file`. */
async function unitOf(project: Project, file: string): Promise<Unit | undefined> {
  const beside = join(dirname(file), basename(file).replace(/\.gen\.ts$/, ".c"));
  // Without a config nothing says where sources are: all that is below could be a home directory.
  const sources =
    project.configFile === undefined ? [beside].filter(existsSync) : await findSources(project);
  return planUnits(project, sources).find(
    ({ moduleFile }) => moduleFile !== undefined && resolve(project.root, moduleFile) === file,
  );
}

function nobodyBuilds(project: Project, file: string): Error {
  const source = basename(file).replace(/\.gen\.ts$/, ".c");
  const [place, remedy] =
    project.configFile === undefined
      ? [`no ${source} beside it`, `tsbpf build --out-dir ${relative("", dirname(file)) || "."} ${source}`]
      : [
          `no source that ${relative("", project.configFile)} builds to it`,
          'correct "sources", "outDir" or "outName" there, or the import',
        ];
  return argumentError(`expected ${relative("", file)}, found neither it nor ${place.replace(/^no /, "a ").replace("a source", "a source")}`, remedy);
}
