import { basename } from "node:path";
import type { ObjectSpec } from "../../program/spec/index.ts";
import type { SearchFolder } from "../../toolchain/clang/index.ts";
import type { CompileExplanation } from "../../toolchain/explain/index.ts";
import { heading, rows } from "./rows.ts";
import { shellCommand, shortPath } from "./words.ts";

const classFlags = { iquote: "-iquote", include: "-I", isystem: "-isystem", idirafter: "-idirafter" };

/** How a source became an object, for a person who wants to follow it. */
export function compileText(source: string, explanation: CompileExplanation): string {
  const { compiler, command, flags, folders, includes, macros, programs } = explanation;
  const lines = [
    heading(`compile ${source}`),
    `compiler: ${compiler.version} (found by: ${compiler.origin})`,
    `command:  ${shellCommand(command)}`,
    ...rows(flags.map(([flag, text]) => [flag, text])),
    'search order: for "…" the folder of the file with the #include, then -iquote; for "…" and <…> the rest',
    ...rows(folders.map((folder) => [classFlags[folder.class], folder.origin, shortPath(folder.path)])),
  ];
  if (includes.length > 0) {
    lines.push("includes: which folder answered");
    const cells = includes
      .filter(({ directive, file }) => directive.found !== undefined || file === undefined)
      .map(({ directive, file, folder, asked }) => [
        `${basename(directive.from)}:${directive.line}`,
        directive.isQuoted ? `"${directive.name}"` : `<${directive.name}>`,
        ...answerText(file, folder, asked.length),
      ]);
    lines.push(...rows(cells));
  }
  if (macros.length > 0) {
    lines.push("macros of the command line that decided what is compiled");
    lines.push(...rows(macros.map((use) => [use.macro, `${basename(use.file)}:${use.line}`, use.text])));
  }
  for (const { written, expanded } of programs) {
    lines.push(`${written} is a macro; what is compiled:`, ...expanded.map((line) => `  ${line}`), "  { … }");
  }
  return `${lines.join("\n")}\n`;
}

function answerText(file: string | undefined, folder: SearchFolder | undefined, before: number): string[] {
  if (file === undefined) return ["nowhere", `${before} folders are without it`];
  return [
    folder === undefined ? "its own folder" : `${classFlags[folder.class]} ${folder.origin}`,
    before === 0 ? shortPath(file) : `${shortPath(file)}, after ${before} without it`,
  ];
}

/** What is in the object, in a few lines; `tsbpf inspect` shows all of it. */
export function objectText(spec: ObjectSpec, bytes: number): string {
  const relocations = (program: ObjectSpec["programs"][number]): string =>
    `${program.code.length / 8} instructions, ${program.coreRelocations.length} CO-RE places, ${program.relocations.length} references`;
  const lines = [
    heading(`object ${spec.name}: ${bytes} bytes without DWARF`),
    "programs: the section says what a program is and where it goes",
    ...rows(
      spec.programs.map((program) => [
        program.name,
        `SEC("${program.section}")`,
        `type ${program.type}`,
        relocations(program),
      ]),
    ),
  ];
  if (spec.maps.length > 0) {
    lines.push("maps: made by the loader, their fds are written into the code");
    lines.push(
      ...rows(
        spec.maps.map((map) => [
          map.name,
          map.type,
          `${map.maxEntries} entries, key ${map.keySize} B, value ${map.valueSize} B`,
        ]),
      ),
    );
  }
  return `${lines.join("\n")}\n`;
}
