import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix, relative } from "node:path";
import { headersFolder } from "../clang/index.ts";
import { packageFolder } from "../peers/index.ts";
import type { ModuleSource } from "./bundler.ts";

const prefix = "tsbpf:";

/**
 * tsbpf's own modules, named by where they lie in the package: wherever that is installed, the result is the same.
 * The project's tsbpf is taken, as its types were; a project without one gets the tsbpf that bundles.
 */
export function ownModules(entry: string): ModuleSource {
  const require = createRequire(entry);
  let folder = dirname(headersFolder);
  const locate = (specifier: string): string => {
    try {
      const file = require.resolve(specifier);
      folder = packageFolder(file) ?? folder;
      return relative(folder, file);
    } catch {
      return "lib/index.js";
    }
  };
  return {
    resolve(specifier, importer) {
      if (importer?.startsWith(prefix) === true && specifier.startsWith(".")) {
        const id = posix.join(posix.dirname(importer.slice(prefix.length)), specifier);
        return { id: prefix + id, sideEffects: false };
      }
      if (!/^tsbpf(\/|$)/.test(specifier)) return undefined;
      return { id: prefix + locate(specifier), sideEffects: false };
    },
    load: (id) =>
      id.startsWith(prefix) ? readFileSync(join(folder, id.slice(prefix.length)), "utf8") : undefined,
  };
}

/** Asks each in turn. */
export function firstOf(...sources: readonly ModuleSource[]): ModuleSource {
  return {
    resolve(specifier, importer) {
      for (const source of sources) {
        const found = source.resolve(specifier, importer);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    load(id) {
      for (const source of sources) {
        const text = source.load(id);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

/** Packages that are to stay outside, with what is below them. */
export function externalModules(names: readonly string[]): ModuleSource {
  return {
    resolve: (specifier) =>
      names.some((name) => specifier === name || specifier.startsWith(`${name}/`))
        ? { id: specifier, external: true }
        : undefined,
    load: () => undefined,
  };
}
