import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { searchFolders, type CompileRequest, type SearchFolder } from "../clang/index.ts";
import type { IncludeDirective } from "./preprocess.ts";

/** Which folder answered an include directive, and which ones were asked before it. */
export interface IncludeAnswer {
  readonly directive: IncludeDirective;
  /** The file that was read, or would have been, had it not been read before; undefined: no folder has it. */
  readonly file: string | undefined;
  /** Undefined: the folder of the file with the directive, or none. */
  readonly folder: SearchFolder | undefined;
  /** Folders that come before the one that answered, and do not have the file. */
  readonly asked: readonly string[];
}

/**
 * Goes through the folders as the compiler does (docs/building.md): for quotes the including file's own folder and those
 * of -iquote first, then for both forms -I, -isystem, -idirafter.
 */
export function answerIncludes(
  request: CompileRequest,
  directives: readonly IncludeDirective[],
): IncludeAnswer[] {
  const folders = searchFolders(request.settings);
  return directives.flatMap((directive): IncludeAnswer[] => {
    const own = { path: dirname(directive.from), folder: undefined };
    const searched = folders
      .filter((folder) => directive.isQuoted || folder.class !== "iquote")
      .map((folder) => ({ path: folder.path, folder }));
    const asked: string[] = [];
    for (const { path, folder } of directive.isQuoted ? [own, ...searched] : searched) {
      const file = join(path, directive.name);
      if (existsSync(resolve(request.directory, file))) return [{ directive, file, folder, asked }];
      asked.push(folder === undefined ? "its own folder" : `${folder.origin} ${basename(path)}`);
    }
    if (directive.found !== undefined || isAbsolute(directive.name)) return []; // No folder was searched.
    return [{ directive, file: undefined, folder: undefined, asked }];
  });
}
