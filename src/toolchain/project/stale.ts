import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compileCommand, searchFolders, type Clang, type CompileSettings } from "../clang/index.ts";
import type { BuildState, UnitRecord } from "./build-state.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { Project } from "./project.ts";
import type { Unit } from "./units.ts";

/** Another tsbpf may generate other text: when this file was made stands for all of it. */
const self: string = String(statSync(fileURLToPath(import.meta.url)).mtimeMs);

/** One source may be built for several targets, and to other places from one command line to the next. */
export function unitKey(unit: Unit): string {
  return [unit.source, unit.target.name, unit.objectFile ?? "", unit.moduleFile ?? ""].join(" ");
}

/** Hash of all that decides over a unit's results and is not the content of a file. */
export function recipeOf(project: Project, unit: Unit, clang: Clang, settings: CompileSettings): string {
  const command = compileCommand({ clang, settings, source: unit.source, directory: project.root });
  const text = JSON.stringify([self, clang.version, clang.stamp, command, project.config.import]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** Why a unit has to be built, in a few words; undefined: its results are what they would be. */
export function staleReason(
  state: BuildState,
  fingerprints: Fingerprints,
  key: string,
  recipe: string,
  root: string,
): string | undefined {
  const record = state.units.get(key);
  if (record === undefined) return "never built";
  if (record.recipe !== recipe) return "other options, compiler or tsbpf";
  const changed = record.inputs.find((file) => !fingerprints.isUnchanged(file));
  if (changed !== undefined) return `${changed} changed`;
  const lost = record.outputs.find((file) => !fingerprints.isUnchanged(file));
  if (lost !== undefined) return `${lost} is not what was written`;
  const added = record.absent.find((file) => existsSync(resolve(root, file)));
  return added === undefined ? undefined : `${added} is new and comes first in the search`;
}

/** Headers that would be found in place of those that were: the same name in a folder that is searched earlier. */
export function shadowedPlaces(
  settings: CompileSettings,
  unit: Unit,
  dependencies: UnitRecord["inputs"],
  root: string,
): string[] {
  const folders = [dirname(unit.source), ...searchFolders(settings).map(({ path }) => path)];
  const places = new Set<string>();
  for (const file of dependencies) {
    const found = folders.findIndex((folder) => file.startsWith(`${folder}/`));
    for (const earlier of folders.slice(0, Math.max(found, 0))) {
      places.add(join(earlier, file.slice((folders[found]?.length ?? 0) + 1)));
    }
  }
  return [...places].filter((place) => !existsSync(resolve(root, place)));
}
