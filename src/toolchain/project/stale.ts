import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compileCommand, searchFolders, type Clang, type CompileSettings } from "../clang/index.ts";
import type { UnitRecord } from "./build-state.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { Project } from "./project.ts";
import type { Unit } from "./units.ts";

/** Another tsbpf may generate other text: this file's size and times stand for all of it. */
const self: string = ownStamp();

function ownStamp(): string {
  const { size, mtimeMs, ctimeMs } = statSync(fileURLToPath(import.meta.url));
  return [size, mtimeMs, ctimeMs].join(" ");
}

/** One source may be built for several targets, and to other places from one command line to the next. */
export function unitKey(unit: Unit): string {
  return [unit.source, unit.target.name, unit.objectFile ?? "", unit.moduleFile ?? ""].join(" ");
}

/** Hash of all that decides over a unit's results, is not the content of a file and not its {@link unitKey}. */
export function recipeOf(project: Project, clang: Clang, settings: CompileSettings): string {
  const command = compileCommand({ clang, settings, source: "", directory: project.root });
  const text = JSON.stringify([self, clang.version, clang.stamp, command, project.config.import]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** Why a unit has to be built, in a few words; undefined: its results are what they would be. */
export function staleReason(
  record: UnitRecord | undefined,
  fingerprints: Fingerprints,
  recipe: string,
): string | undefined {
  if (record === undefined) return "never built";
  if (record.recipe === "") return "refused the last time, or changed while it was compiled";
  if (record.recipe !== recipe) return "other options, compiler or tsbpf";
  const other = (files: Readonly<Record<string, string>>): string | undefined =>
    Object.keys(files).find((file) => !fingerprints.is(file, files[file] ?? ""));
  const changed = other(record.inputs);
  if (changed !== undefined) return `${changed} ${fingerprints.exists(changed) ? "changed" : "is gone"}`;
  const lost = other(record.outputs);
  if (lost !== undefined) return `${lost} is not what was written`;
  const added = record.absent.find((file) => fingerprints.exists(file));
  return added === undefined ? undefined : `${added} is new and comes first in the search`;
}

/**
 * Headers that would be found in place of those that were: the same name in a folder that is searched earlier, or beside
 * another header, as a header with quotes finds its neighbours first. Rather too many than one too few.
 */
export function shadowedPlaces(
  settings: CompileSettings,
  unit: Unit,
  dependencies: readonly string[],
  root: string,
): string[] {
  const neighbours = new Set([unit.source, ...dependencies].map((file) => dirname(file)));
  const folders = [...neighbours, ...searchFolders(settings).map(({ path }) => path)];
  const places = new Set<string>();
  for (const file of dependencies) {
    for (const [index, folder] of folders.entries()) {
      const name = nameIn(folder, file);
      if (name === undefined) continue;
      // Neighbours are no list with an order: what is beside one header is in front of what is beside another.
      for (const earlier of folders.slice(0, Math.max(index, neighbours.size)))
        places.add(join(earlier, name));
    }
  }
  return [...places].filter((place) => !existsSync(resolve(root, place)));
}

/** What an include directive calls a file of this folder; the compiler leaves `./` out of its list of dependencies. */
function nameIn(folder: string, file: string): string | undefined {
  if (folder === "." && !isAbsolute(file)) return file.replace(/^\.\//, "");
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : undefined;
}
