import { watch, type FSWatcher } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { readState } from "./build-state.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Project } from "./project.ts";

/** Editors write a file in several steps, a checkout many files: one build for all of them. */
const SETTLE_MS = 50;
const ignored = new Set(["node_modules", ".git", ".tsbpf"]);

/**
 * Resolves with the first file that changed and is an input of the project: a C source or header below the root, what
 * the last build read elsewhere, the config. Undefined: the signal aborted.
 */
export async function nextChange(project: Project, signal: AbortSignal): Promise<string | undefined> {
  const { units, files } = readState(project.stateFolder);
  const inputs = new Set(
    [...units.values()].flatMap((unit) => unit.inputs).map((file) => resolve(project.root, file)),
  );
  const folders = new Set([
    ...(await foldersBelow(project.root)),
    ...[...inputs].map((file) => dirname(file)),
  ]);
  const isInput = (file: string): boolean =>
    inputs.has(file) || file === project.configFile || (/\.[ch]$/.test(file) && !file.includes("/.tsbpf/"));
  const watchers: FSWatcher[] = [];
  try {
    return await new Promise<string | undefined>((done) => {
      signal.addEventListener("abort", () => done(undefined), { once: true });
      if (signal.aborted) done(undefined);
      for (const folder of folders) {
        try {
          const watcher = watch(folder, (_, name) => {
            const file = name === null ? undefined : join(folder, name);
            if (file !== undefined && isInput(file)) setTimeout(() => done(file), SETTLE_MS);
          });
          watcher.on("error", () => watcher.close()); // The folder went away.
          watchers.push(watcher);
        } catch {
          // It went away between being listed and being watched.
        }
      }
      // What changed after the build had read it and before it was watched.
      const fingerprints = new Fingerprints(project.root, files);
      const missed = [...files.keys()].find(
        (file) => isInput(resolve(project.root, file)) && !fingerprints.isUnchanged(file),
      );
      if (missed !== undefined) done(resolve(project.root, missed));
    });
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

async function foldersBelow(root: string): Promise<string[]> {
  const found = [root];
  for (const folder of found) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() && !ignored.has(entry.name)) found.push(join(folder, entry.name));
    }
  }
  return found;
}
