import { join } from "node:path";
import { compileCommand, type Clang, type CompileSettings } from "../clang/index.ts";
import type { Project } from "./project.ts";
import type { Unit } from "./units.ts";
import { writeResult } from "./write-result.ts";

/**
 * Writes `compile_commands.json` beside the config file: editors (clangd) then find the headers that the build finds. A
 * source with several targets stands there once, with the first one.
 */
export function writeCompilationDatabase(
  project: Project,
  units: readonly Unit[],
  clang: Clang,
  settings: (unit: Unit) => CompileSettings,
): void {
  const bySource = new Map<string, Unit>();
  for (const unit of units) if (!bySource.has(unit.source)) bySource.set(unit.source, unit);
  // Editors judge a compiler by its name, and zig's says nothing to them.
  const plain: Clang = { ...clang, command: ["clang"] };
  const commands = new Map<CompileSettings, readonly string[]>();
  const entries = [...bySource.values()].map((unit) => {
    const { source } = unit;
    const way = settings(unit);
    const command =
      commands.get(way) ?? compileCommand({ clang: plain, settings: way, source, directory: project.root });
    commands.set(way, command);
    return { directory: project.root, file: source, arguments: [...command.slice(0, -1), source] };
  });
  writeResult(join(project.root, "compile_commands.json"), `${JSON.stringify(entries, null, 2)}\n`);
}
