import { readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { join, posix, resolve } from "node:path";
import type { Project } from "./project.ts";

const neverSources = new Set(["node_modules", ".tsbpf"]);

/** The sources that the config names, sorted; without a config every `*.bpf.c` below the root. */
export async function findSources(project: Project): Promise<string[]> {
  const { sources = "**/*.bpf.c", exclude = [] } = project.config;
  const patterns = [sources].flat();
  const excluded = [exclude].flat();
  const simple = patterns.map(simplePattern);
  const isSimple = excluded.length === 0 && simple.every((pattern) => pattern !== undefined);
  const found = isSimple
    ? simple.flatMap((pattern) => walk(project.root, pattern))
    : await glob(project.root, patterns, excluded);
  return [...new Set(found)].sort();
}

async function glob(
  root: string,
  patterns: readonly string[],
  exclude: readonly string[],
): Promise<string[]> {
  const tinyglobby = await import("tinyglobby");
  return await tinyglobby.glob(patterns, {
    cwd: root,
    ignore: [...[...neverSources].map((name) => `**/${name}/**`), ...exclude],
    expandDirectories: false,
  });
}

// `src/**/*.bpf.c` as a folder and an ending.
interface SimplePattern {
  readonly folder: string;
  readonly ending: string;
}

/**
 * Most projects have such a pattern. Loading what understands all the others takes longer than everything else that a build
 * without news does.
 */
function simplePattern(pattern: string): SimplePattern | undefined {
  const match = /^((?:[\w-][\w.-]*\/)*)\*\*\/\*((?:\.[\w-]+)+)$/.exec(pattern);
  return match === null ? undefined : { folder: match[1] ?? "", ending: match[2] ?? "" };
}

/** As globs do: hidden names are passed over, links to folders followed, though not in circles. */
function walk(root: string, { folder, ending }: SimplePattern): string[] {
  const found: string[] = [];
  const open: (readonly [place: string, above: readonly string[]])[] = [[folder, []]];
  for (const [place, above] of open) {
    for (const entry of entriesOf(join(root, place))) {
      const { name } = entry;
      if (name.startsWith(".") || neverSources.has(name)) continue;
      const path = posix.join(place, name);
      const kind = entry.isSymbolicLink() ? kindBehind(resolve(root, path)) : kindOf(entry);
      if (kind === "file" && name.endsWith(ending)) found.push(path);
      if (kind !== "folder") continue;
      if (!entry.isSymbolicLink()) open.push([path, above]);
      else {
        const real = realpathSync(resolve(root, path));
        const isCircle = above.includes(real) || `${realpathSync(root)}/${path}`.startsWith(`${real}/`);
        if (!isCircle) open.push([path, [...above, real]]);
      }
    }
  }
  return found;
}

type Kind = "file" | "folder" | undefined;

function kindOf(entry: Pick<Dirent, "isFile" | "isDirectory">): Kind {
  return entry.isFile() ? "file" : entry.isDirectory() ? "folder" : undefined;
}

function kindBehind(path: string): Kind {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : kindOf(stat);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // It is not there, or not ours to read.
  }
}
