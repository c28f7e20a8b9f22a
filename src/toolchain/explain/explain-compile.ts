import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  compileCommand,
  preprocess,
  searchFolders,
  type CompileRequest,
  type SearchFolder,
} from "../clang/index.ts";
import { explainFlags } from "./flags.ts";
import { answerIncludes, type IncludeAnswer } from "./includes.ts";
import { expandPrograms, macroUses, type ExpandedProgram, type MacroUse } from "./macros.ts";
import { parsePreprocessed } from "./preprocess.ts";

/** How a source becomes an object, as data. */
export interface CompileExplanation {
  /** `clang version 14.0.6`, and how it was found. */
  readonly compiler: { readonly version: string; readonly origin: string };
  /** The exact command, without where it writes. */
  readonly command: readonly string[];
  /** Arguments and what each is for. */
  readonly flags: readonly (readonly [flag: string, text: string])[];
  /** All folders that are searched, in the compiler's order. */
  readonly folders: readonly SearchFolder[];
  /** Each include directive that the preprocessor met, and who answered it. */
  readonly includes: readonly IncludeAnswer[];
  /** Macros of the command line that decided something. */
  readonly macros: readonly MacroUse[];
  /** Programs that were written with a macro. */
  readonly programs: readonly ExpandedProgram[];
}

/** Explains a compilation: runs the preprocessor with the same command and follows what it did. */
export async function explainCompile(request: CompileRequest): Promise<CompileExplanation> {
  const { clang, settings, source, directory } = request;
  const command = compileCommand(request);
  // Of a source that is refused, as much as there is: the header that is missing is what people look for.
  const preprocessed = parsePreprocessed((await preprocess(request, ["-dI"])).text, source);
  const includes = answerIncludes(request, preprocessed.includes);
  const files = [source, ...new Set(includes.flatMap(({ file }) => file ?? []))];
  const defines = command.flatMap((word) => /^-D(\w+)/.exec(word)?.[1] ?? []);
  return {
    compiler: { version: clang.version, origin: clang.origin },
    command,
    flags: explainFlags(command.slice(clang.command.length)),
    folders: searchFolders(settings),
    includes,
    macros: macroUses(defines, files, directory),
    programs: expandPrograms(readFileSync(resolve(directory, source), "utf8"), preprocessed.lines),
  };
}
