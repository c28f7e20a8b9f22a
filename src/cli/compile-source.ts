import { resolve } from "node:path";
import { argumentError } from "../errors.ts";
import type { CompileRequest } from "../toolchain/clang/index.ts";
import {
  compileUnit,
  planUnits,
  projectSettings,
  rememberedClang,
  withSettings,
} from "../toolchain/project/index.ts";
import type { Input } from "./command.ts";
import { projectOf, wantsColor } from "./compiler-options.ts";
import { Progress } from "./progress.ts";

/** A source compiled for this machine, in memory. */
export interface CompiledSource {
  readonly object: Uint8Array;
  readonly request: CompileRequest;
}

/** Compiles for this machine; warnings go to stderr as the compiler wrote them. */
export async function compileSource(source: string, input: Input): Promise<CompiledSource> {
  const project = withSettings(await projectOf(source, input), { target: process.arch });
  const [unit] = planUnits(project, [resolve(source)]);
  const [target] = project.targets;
  if (unit === undefined || target === undefined)
    throw argumentError(`expected a C source, found "${source}"`);
  const progress = new Progress();
  try {
    const clang = rememberedClang(project, progress.showNow);
    const settings = projectSettings(project, target, progress.showNow);
    const request = { clang, settings, source: unit.source, directory: project.root, color: wantsColor() };
    progress.show(`compiling ${source}`);
    const { object, output } = await compileUnit(request);
    progress.clear();
    process.stderr.write(output);
    return { object, request };
  } finally {
    progress.clear();
  }
}
