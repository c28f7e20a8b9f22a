import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** An npm package that is used where it is installed, and not needed elsewhere. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Absolute; the folder of its package.json. */
  readonly folder: string;
  /** Whose package it is: the project's, or one beside tsbpf. */
  readonly origin: "project" | "tsbpf";
  /** Imports its main module, or the one that it exports under a name. */
  load(name?: string): Promise<unknown>;
}

/** The package as the project sees it, else as tsbpf itself sees it; undefined: installed for neither. */
export function findPeer(name: string, project: string): Peer | undefined {
  const places = [
    ["project", join(project, "package.json")],
    ["tsbpf", import.meta.url],
  ] as const;
  for (const [origin, from] of places) {
    const require = createRequire(from);
    const folder = (require.resolve.paths(name) ?? [])
      .map((modules) => join(modules, name))
      .find((candidate) => existsSync(join(candidate, "package.json")));
    if (folder === undefined) continue;
    return {
      name,
      version: versionOf(folder),
      folder,
      origin,
      async load(part) {
        const file = require.resolve(part === undefined ? name : `${name}/${part}`);
        return (await import(pathToFileURL(file).href)) as unknown;
      },
    };
  }
  return undefined;
}

function versionOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: string };
  return manifest.version ?? "0.0.0";
}

/** The folder of the package that the file lies in. */
export function packageFolder(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
