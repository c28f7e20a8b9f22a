import { findVariable } from "../../format/elf/index.ts";
import { openDebugFile } from "./debug-file.ts";
import type { ExecutableFile } from "./executable-file.ts";
import type { Host } from "./host.ts";

/** The address of a variable, also from a file with the symbols that were stripped off; undefined: none, or several. */
export function findVariableOf(host: Host, file: ExecutableFile, name: string): number | undefined {
  const own = findVariable(file.elf, name);
  if (own !== undefined) return own;
  const debug = openDebugFile(host, file);
  try {
    return debug === undefined ? undefined : findVariable(debug.elf, name);
  } finally {
    debug?.close();
  }
}
