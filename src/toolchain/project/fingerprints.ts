import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, type BigIntStats } from "node:fs";
import { resolve } from "node:path";

/**
 * What a file was when it was used: size, hash of its content, and when it was last changed in any way, in nanoseconds
 * ("" where that is not known). It is the inode's time of change (ctime) that is compared: a file that is moved or copied
 * into the place of another one may have an older time of modification, and `touch` sets that to anything.
 */
export type Fingerprint = readonly [size: number, changed: string, hash: string];

/**
 * Whether files are still what they were. Each file is looked at once: by size and time first, by content only where
 * those differ, so that a checkout or `touch` that changes nothing rebuilds nothing.
 */
export class Fingerprints {
  private readonly root: string;
  private readonly known: ReadonlyMap<string, Fingerprint>;
  private readonly seen = new Map<string, Fingerprint | undefined>();
  private readonly present = new Map<string, boolean>();

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

  /** Whether the file has the content of this hash. */
  is(file: string, hash: string): boolean {
    return this.now(file)?.[2] === hash;
  }

  /** Whether there is something of this name: cheaper than its fingerprint. */
  exists(file: string): boolean {
    const known = this.present.get(file) ?? existsSync(resolve(this.root, file));
    this.present.set(file, known);
    return known;
  }

  /** Whether looking taught more than was known: then it is worth remembering. */
  get hasNews(): boolean {
    for (const [file, print] of this.seen) if (print !== this.known.get(file)) return true;
    return false;
  }

  /** Whether a file that was just used may have changed since `milliseconds`. */
  isChangedSince(file: string, milliseconds: number): boolean {
    const now = this.now(file);
    return now === undefined || now[1] === "" || Number(now[1]) / 1e6 > milliseconds; // ns → ms
  }

  /** A file was written, by its hash. Whether it is still there when the next build looks is for that one to see. */
  wrote(file: string, content: string | Uint8Array): string {
    const hash = hashOf(content);
    this.seen.set(file, [Buffer.byteLength(content), "", hash]);
    return hash;
  }

  private look(file: string): Fingerprint | undefined {
    const path = resolve(this.root, file);
    const before = statOf(path);
    if (before === undefined) return undefined;
    const known = this.known.get(file);
    if (known !== undefined && known[0] === Number(before.size) && known[1] === String(before.ctimeNs))
      return known;
    try {
      const content = readFileSync(path);
      // Written while it was read: what was read may be half of it.
      const isSame = statOf(path)?.ctimeNs === before.ctimeNs;
      return [content.length, isSame ? String(before.ctimeNs) : "", hashOf(content)];
    } catch {
      return undefined; // It went away, or is not ours to read: the compiler will say so.
    }
  }
}

function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}

function statOf(path: string): BigIntStats | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat?.isFile() === true ? stat : undefined;
  } catch {
    return undefined; // A file where its folder was, links in a circle.
  }
}
