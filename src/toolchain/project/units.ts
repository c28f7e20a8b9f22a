import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { argumentError } from "../../errors.ts";
import type { Target } from "../clang/index.ts";
import { pathInProject, type Project } from "./project.ts";

/** One source for one target, and what is made of it. Paths are relative to the project's root where they lie in it. */
export interface Unit {
  readonly source: string;
  /** `trace_execve` of `src/trace_execve.bpf.c`. */
  readonly name: string;
  readonly target: Target;
  /** Undefined: not written. */
  readonly objectFile: string | undefined;
  /** Undefined: not written, as there is none for a big-endian object. */
  readonly moduleFile: string | undefined;
}

/** What is built of these sources: absolute paths, or relative to the root as findSources gives them. */
export function planUnits(project: Project, sources: readonly string[]): Unit[] {
  const units = sources.flatMap((source) =>
    project.targets.map((target) => planUnit(project, source, target)),
  );
  const writers = new Map<string, Unit>();
  for (const unit of units) {
    for (const file of [unit.objectFile, unit.moduleFile]) {
      if (file === undefined) continue;
      const other = writers.get(file);
      if (other !== undefined) {
        throw argumentError(
          `${other.source} and ${unit.source} would both be built to ${file}`,
          'give them different names, leave "outDir" out, or put {target} into "outName"',
        );
      }
      writers.set(file, unit);
    }
  }
  return units;
}

function planUnit(project: Project, source: string, target: Target): Unit {
  const { outDir, outName, object = true, module = true } = project.config;
  const path = resolve(project.root, source);
  if (!existsSync(path)) throw argumentError(`expected a file, found nothing at "${relative("", path)}"`);
  const name = sourceName(path);
  const several = project.targets.length > 1;
  const stem = (outName ?? (several ? "{name}.{target}.bpf" : "{name}.bpf"))
    .replaceAll("{name}", name)
    .replaceAll("{target}", target.name);
  const folder = pathInProject(project, outDir ?? dirname(path));
  return {
    source: pathInProject(project, path),
    name,
    target,
    objectFile: object ? join(folder, `${stem}.o`) : undefined,
    moduleFile: module && target.littleEndian ? join(folder, `${stem}.gen.ts`) : undefined,
  };
}

/** `dir/trace_execve.bpf.c` → `trace_execve` */
function sourceName(path: string): string {
  const name = /^(.+?)(\.bpf)?\.c$/.exec(basename(path))?.[1];
  if (name === undefined) {
    throw argumentError(`expected a C source such as trace.bpf.c, found "${relative("", path)}"`);
  }
  return name;
}
