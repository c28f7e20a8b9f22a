import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { argumentError, CompileError, TsbpfError } from "../../errors.ts";
import { headersFolder } from "../clang/index.ts";
import { openProject } from "../project/index.ts";
import { buildObjects, type EmbeddedObject, type ObjectOptions } from "./build-objects.ts";
import type { BundleJob, Bundler, JoinedModules } from "./bundler.ts";
import { findBundler } from "./find-bundler.ts";
import { findObjects, importedObject } from "./find-objects.ts";
import { externalModules, firstOf, ownModules } from "./own-modules.ts";
import { scriptDefine, scriptEntry, scriptModules, scriptOf } from "./script.ts";

/** How an entry is bundled. */
export interface BundleOptions extends ObjectOptions {
  /** `module`: an .mjs; `script`: CommonJS that imports nothing, for an executable. Default: `module`. */
  readonly form?: "module" | "script" | undefined;
  readonly minify?: boolean | undefined;
  /** Packages that stay outside. */
  readonly external?: readonly string[] | undefined;
  /** Told of each step before it is done. */
  readonly onStep?: ((step: BundleStep) => void) | undefined;
}

/** A step on the way to the file, as data: what is done and why. */
export interface BundleStep {
  readonly what: string;
  readonly why: string;
  /** The command that does it, where it is one. */
  readonly command?: readonly string[];
}

/** One file with everything inside. */
export interface Bundle {
  readonly code: string;
  readonly bundler: Pick<Bundler, "name" | "version" | "origin">;
  /** What was embedded of BPF. */
  readonly objects: readonly EmbeddedObject[];
  /** Number of modules that were joined. */
  readonly modules: number;
}

/** A bundle, or what kept it from being made. */
export type BundleOutcome =
  | Bundle
  | { readonly objects: readonly EmbeddedObject[]; readonly code?: undefined };

/**
 * Makes one file of an entry: its modules, their packages, the objects, tsbpf and the addon. Objects that are not up to
 * date are built before; if one is refused, there are only `objects`.
 * ARGUMENT: no such entry, or an import of what nobody builds. NATIVE: no bundler. COMPILE: a module has a fault.
 */
export async function bundleEntry(entry: string, options: BundleOptions = {}): Promise<BundleOutcome> {
  const { external = [], onStep = () => undefined, minify = false } = options;
  const path = resolve(entry);
  if (!existsSync(path)) throw argumentError(`expected a module, found nothing at "${entry}"`);
  const { root } = await openProject(dirname(path));
  const bundler = findBundler(root);
  const named = `${bundler.name} ${bundler.version}`;
  const outside = externalModules(external);

  onStep({ what: `follow the imports of ${entry} with ${named}`, why: "to know which objects it embeds" });
  const found = await findObjects(bundler, path, root, outside).catch(inEntry(entry));
  const objects: EmbeddedObject[] = [];
  if (found.length > 0) {
    const names = found.map(({ file }) => relative("", file)).join(", ");
    onStep({ what: `build ${names}`, why: "they are embedded; what is up to date stays" });
  }
  for await (const object of buildObjects(found, options)) objects.push(object);
  if (objects.some(({ status }) => status === "refused")) return { objects };

  onStep({ what: `join the modules with ${named}`, why: "one file, nothing beside it" });
  const generated = {
    resolve: (specifier: string, importer: string | undefined) => {
      const object = importedObject(specifier, importer);
      return object && { id: object.file };
    },
    load: (id: string) => objects.find(({ file, code }) => file === id && code !== undefined)?.code,
  };
  const own = firstOf(generated, ownModules(path));
  const common = { directory: root, minify };
  const job: BundleJob =
    options.form === "script"
      ? {
          ...common,
          entry: scriptEntry,
          define: scriptDefine,
          modules: firstOf(scriptModules(path, external), own),
        }
      : {
          ...common,
          entry: path,
          define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
          modules: firstOf(outside, own),
        };
  const joined = await bundler.join(job).catch(inEntry(entry));
  return {
    code: options.form === "script" ? scriptOf(joined) : moduleOf(joined),
    bundler: { name: bundler.name, version: bundler.version, origin: bundler.origin },
    objects,
    modules: joined.modules.length,
  };
}

/** Starts as a program: `./main.mjs` runs it. */
function moduleOf({ code }: JoinedModules): string {
  return `#!/usr/bin/env node\n//! With tsbpf ${ownVersion()} inside, MIT licence.\n${code.replace(/^#!.*\n/, "")}`;
}

function ownVersion(): string {
  const manifest = readFileSync(join(dirname(headersFolder), "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version; // our own package.json
}

function inEntry(entry: string): (error: unknown) => never {
  return (error) => {
    // A fault in a module has its own place.
    throw error instanceof TsbpfError && !(error instanceof CompileError) ? error.within(entry) : error;
  };
}
