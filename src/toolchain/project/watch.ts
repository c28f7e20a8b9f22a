import { readdirSync, realpathSync, statSync, watch, type FSWatcher, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readState } from "./build-state.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Project } from "./project.ts";

/** Editors write a file in several steps, a checkout many files: one build for all of them … */
const SETTLE_MS = 50;
/** … that does not wait for who never stops writing. */
const PATIENCE_MS = 500;
/** How often files are looked at where the kernel does not tell. */
const POLL_MS = 1000;
const ignored = new Set(["node_modules", ".git", ".tsbpf"]);

/**
 * Watches what a project is built from, also while it is being built: C sources and headers below its root, the config,
 * what the last build read elsewhere, behind links too. Owns watches; `close` ends them.
 */
export class ProjectWatch {
  private readonly project: Project;
  private readonly note: (text: string) => void;
  private readonly watchers = new Map<string, FSWatcher>();
  private inputs = new Set<string>();
  private changed: string | undefined;
  private changedAt = 0;
  private firstChangedAt = 0;
  private wake: () => void = () => undefined;
  private poll: NodeJS.Timeout | undefined;

  /** `note` is told what the person should know of the watching itself. */
  constructor(project: Project, note: (text: string) => void) {
    this.project = project;
    this.note = note;
    this.update();
  }

  /** After a build: what it read is watched from now on, and what has changed already counts. */
  update(): void {
    const { root, stateFolder } = this.project;
    const { units, files } = readState(stateFolder);
    const read = [...units.values()].flatMap(({ inputs }) => Object.keys(inputs));
    const paths = [...new Set(read)].map((file) => resolve(root, file));
    this.inputs = new Set([...paths, ...paths.map(behindLinks)]);
    this.watchBelow(root);
    for (const folder of new Set([...this.inputs].map((file) => dirname(file)))) this.watchFolder(folder);
    const fingerprints = new Fingerprints(root, files);
    for (const { recipe, inputs } of units.values()) {
      if (recipe === "") continue; // It is known to be behind: that is no news.
      for (const [file, hash] of Object.entries(inputs))
        if (!fingerprints.is(file, hash)) this.report(resolve(root, file));
    }
  }

  /** The first file that changed since this was last asked; undefined: the signal aborted. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      const quiet = Date.now() - this.changedAt;
      const isOver = quiet >= SETTLE_MS || Date.now() - this.firstChangedAt >= PATIENCE_MS;
      if (this.changed !== undefined && isOver) {
        const { changed } = this;
        this.changed = undefined;
        return changed;
      }
      await this.pause(this.changed === undefined ? undefined : SETTLE_MS - quiet, signal);
    }
    return undefined;
  }

  close(): void {
    clearInterval(this.poll);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private pause(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(end, milliseconds ?? 0x7fffffff);
      function end(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        done();
      }
      signal.addEventListener("abort", end, { once: true });
      this.wake = end;
    });
  }

  private report(file: string): void {
    this.changedAt = Date.now();
    if (this.changed === undefined) this.firstChangedAt = this.changedAt;
    this.changed ??= file;
    this.wake();
  }

  private isInput(file: string): boolean {
    return this.inputs.has(file) || file === this.project.configFile || /\.[ch]$/.test(file);
  }

  private watchBelow(top: string): void {
    for (const folder of foldersBelow(top)) this.watchFolder(folder);
  }

  private watchFolder(folder: string): void {
    if (this.watchers.has(folder) || this.poll !== undefined) return;
    try {
      const watcher = watch(folder, (event, name) => {
        if (name !== null) this.met(event, join(folder, name));
      });
      watcher.on("error", () => this.forget(folder)); // The folder went away.
      this.watchers.set(folder, watcher);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException; // what node:fs throws
      // Another reason is that it went away between being listed and being watched.
      if (code === "ENOSPC" || code === "EMFILE") this.pollInstead(code);
    }
  }

  private met(event: string, path: string): void {
    if (this.isInput(path)) this.report(path);
    else if (event === "rename" && !ignored.has(path.slice(path.lastIndexOf("/") + 1))) this.metFolder(path);
  }

  /** A folder that was made, moved or replaced: what is in it counts as changed, and is watched. */
  private metFolder(path: string): void {
    for (const folder of this.watchers.keys())
      if (folder === path || folder.startsWith(`${path}/`)) this.forget(folder);
    if (statOf(path)?.isDirectory() !== true) return;
    this.watchBelow(path);
    const file = filesIn(foldersBelow(path)).find((candidate) => this.isInput(candidate));
    if (file !== undefined) this.report(file);
  }

  private forget(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }

  /** inotify(7): ENOSPC is fs.inotify.max_user_watches, EMFILE max_user_instances. */
  private pollInstead(code: "ENOSPC" | "EMFILE"): void {
    const limit = code === "ENOSPC" ? "max_user_watches" : "max_user_instances";
    this.note(`note: fs.inotify.${limit} is used up, so files are looked at once a second instead`);
    this.close();
    let before = this.snapshot();
    this.poll = setInterval(() => {
      const now = this.snapshot();
      for (const [file, stamp] of now) if (before.get(file) !== stamp) this.report(file);
      for (const file of before.keys()) if (!now.has(file)) this.report(file);
      before = now;
    }, POLL_MS);
  }

  private snapshot(): Map<string, string> {
    const files = [...filesIn(foldersBelow(this.project.root)), ...this.inputs];
    return new Map(
      files
        .filter((file) => this.isInput(file))
        .flatMap((file) => {
          const stat = statOf(file);
          return stat === undefined ? [] : [[file, `${stat.ctimeMs} ${stat.size}`]];
        }),
    );
  }
}

function behindLinks(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined; // It went away, or a file stands where its folder was.
  }
}

function foldersBelow(top: string): string[] {
  const found = [top];
  for (const folder of found) {
    for (const entry of entriesOf(folder))
      if (entry.isDirectory() && !ignored.has(entry.name)) found.push(join(folder, entry.name));
  }
  return found;
}

function filesIn(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    entriesOf(folder)
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => join(folder, name)),
  );
}

function entriesOf(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    return []; // It went away, or is not ours to read.
  }
}

const readEntries = (folder: string) => readdirSync(folder, { withFileTypes: true });
