import { dirname, resolve } from "node:path";
import type { Bundler, ModuleSource } from "./bundler.ts";
import { firstOf } from "./own-modules.ts";

/** A BPF object that a module imports. */
export interface ImportedObject {
  /** Absolute: a generated module or a C source. It may not be there yet. */
  readonly file: string;
  readonly kind: "module" | "source";
}

const generated = /\.bpf\.gen(\.[cm]?[jt]s)?$/;
const source = /\.bpf\.c$/;

/** The object that an import means: `./trace.bpf.gen.ts`, `.js` or without an ending, or `./trace.bpf.c`. */
export function importedObject(specifier: string, importer: string | undefined): ImportedObject | undefined {
  // What a package or an alias stands for is found by the bundler, and seen when it is loaded.
  if (importer === undefined || !/^(\.{0,2}\/)/.test(specifier)) return undefined;
  const path = resolve(dirname(importer), specifier);
  if (source.test(path)) return { file: path, kind: "source" };
  if (generated.test(path)) return { file: path.replace(generated, ".bpf.gen.ts"), kind: "module" };
  return undefined;
}

/**
 * The objects that an entry embeds, sorted: its modules are joined once with a stand-in for each of them, so that what
 * has to be built is known before the first one is.
 */
export async function findObjects(
  bundler: Bundler,
  entry: string,
  directory: string,
  others: ModuleSource,
): Promise<ImportedObject[]> {
  const found = new Map<string, ImportedObject>();
  const objects: ModuleSource = {
    resolve(specifier, importer) {
      if (/^tsbpf(\/|$)/.test(specifier)) return { id: specifier, external: true };
      const object = importedObject(specifier, importer);
      if (object === undefined) return undefined;
      found.set(object.file, object);
      return { id: object.file };
    },
    load(id) {
      if (!generated.test(id) && !source.test(id)) return undefined;
      if (!found.has(id)) found.set(id, { file: id, kind: source.test(id) ? "source" : "module" });
      return "module.exports = {};"; // has whatever name is imported
    },
  };
  await bundler.join({
    entry,
    directory,
    minify: false,
    define: {},
    modules: firstOf(objects, others),
  });
  return [...found.values()].sort((left, right) => (left.file < right.file ? -1 : 1));
}
