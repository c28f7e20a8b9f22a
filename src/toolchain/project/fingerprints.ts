import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

/** What a file was when it was used: size, time of its last change in nanoseconds, hash of its content. */
export type Fingerprint = readonly [size: number, changed: string, hash: string];

/**
 * Whether files are still what they were. Each file is looked at once: by size and time first, by content only where
 * those differ, so that a checkout or `touch` that changes nothing rebuilds nothing.
 */
export class Fingerprints {
  private readonly root: string;
  private readonly known: ReadonlyMap<string, Fingerprint>;
  private readonly seen = new Map<string, Fingerprint | undefined>();

  /** Paths are relative to `root` or absolute. */
  constructor(root: string, known: ReadonlyMap<string, Fingerprint>) {
    this.root = root;
    this.known = known;
  }

  /** The file as it is now; undefined: there is none. */
  now(file: string): Fingerprint | undefined {
    if (!this.seen.has(file)) this.seen.set(file, this.look(file));
    return this.seen.get(file);
  }

  /** Whether the file has the content that it is known by. */
  isUnchanged(file: string): boolean {
    const known = this.known.get(file);
    return known !== undefined && this.now(file)?.[2] === known[2];
  }

  /** Forgets what was seen of a file: it was written. */
  forget(file: string): void {
    this.seen.delete(file);
  }

  private look(file: string): Fingerprint | undefined {
    const path = resolve(this.root, file);
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) return undefined;
    const size = Number(stat.size);
    const changed = stat.mtimeNs.toString();
    const known = this.known.get(file);
    if (known !== undefined && known[0] === size && known[1] === changed) return known;
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 32);
    return [size, changed, hash];
  }
}
