import { isBuiltin } from "node:module";
import { compileFunction } from "node:vm";
import { ErrorCode, TsbpfError } from "../../errors.ts";
import type { JoinedModules, ModuleSource } from "./bundler.ts";

/**
 * The main script of an executable is CommonJS, in which neither `import` nor `await` outside of functions is allowed
 * (Node 20 to 25; Node 26 takes a module as well). So modules of Node are asked for with getBuiltinModule (since
 * 20.16), `import.meta` becomes a constant, and what is left is put into an async function.
 */

const builtin = "builtin:";
const outside = "outside:";
const start = "start:";

/** The entry of {@link scriptModules}. */
export const scriptEntry: string = `${start}main`;

/** What takes the place of expressions that only a module has. */
export const scriptDefine: Readonly<Record<string, string>> = {
  "import.meta": "executable",
  __dirname: "executable.dirname",
  __filename: "executable.filename",
};

/** Answers for modules of Node and for packages that stay outside: a script has no import. */
export function scriptModules(entry: string, external: readonly string[]): ModuleSource {
  return {
    resolve(specifier, importer) {
      if (specifier === scriptEntry) return { id: specifier };
      // An entry in a package "without side effects" is what is asked for all the same.
      if (importer === scriptEntry) return { id: entry, sideEffects: true };
      // The bundler's own: handled below.
      if (importer?.startsWith("\0") === true) return undefined;
      if (isBuiltin(specifier)) return { id: builtin + specifier };
      if (external.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
        return { id: outside + specifier };
      return undefined;
    },
    load(id) {
      const name = (from: string): string => JSON.stringify(id.slice(from.length));
      // The entry's exports are nobody's here.
      if (id === scriptEntry) return 'import "start:entry";';
      if (id.startsWith(builtin)) return `module.exports = process.getBuiltinModule(${name(builtin)});`;
      if (id.startsWith(outside)) return `module.exports = executable.require(${name(outside)});`;
      return undefined;
    },
  };
}

/** The text of the main script; ends as Node ends a module: 13 if it is over while something is still awaited. */
export function scriptOf({ code }: JoinedModules): string {
  const body = withoutImports(code)
    .replace(/^#!.*\n/, "")
    .replace(/export\s*\{\s*\};?\s*$/, "");
  const text = `"use strict";
const executable = (() => {
  const module = process.getBuiltinModule("node:module");
  const { dirname } = process.getBuiltinModule("node:path");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  const filename = process.execPath;
  const url = pathToFileURL(filename).href;
  return { url, filename, dirname: dirname(filename), main: true, require: module.createRequire(filename) };
})();
{
  const require = executable.require;
  let over = false, idle = false;
  process.once("beforeExit", () => { idle = true; });
  process.once("exit", () => {
    if (over || !idle || process.exitCode !== undefined) return;
    process.stderr.write("Warning: Detected unsettled top-level await\\n");
    process.exitCode = 13;
  });
  (async () => {
${body}
  })().then(() => { over = true; });
}
`;
  try {
    compileFunction(text, [], { filename: "main.cjs" });
  } catch (cause) {
    // A bundler that writes what the ones known here do not: better no executable than one that does not start.
    throw new TsbpfError(
      ErrorCode.UNSUPPORTED,
      `expected a script for an executable, found ${(cause as Error).message}`,
      { remedy: "leave --exe out: the .mjs takes every module", cause },
    );
  }
  return text;
}

/** rolldown writes one import of its own for packages in CommonJS: `createRequire(import.meta.url)`. */
function withoutImports(code: string): string {
  const [line, name] =
    /^import\s*\{\s*createRequire(?: as ([\w$]+))?\s*\}\s*from\s*"node:module";\n?/m.exec(code) ?? [];
  if (line === undefined) return code;
  const local = name ?? "createRequire";
  return code.replace(line, "").replace(`${local}(import.meta.url)`, "executable.require");
}
