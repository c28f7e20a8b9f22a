import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  statSync,
} from "node:fs";
import { SyscallError } from "../../errors.ts";

/** undefined for a file that cannot be read; an exhausted process is no fact about the machine and leaves as it is. */
function absent(path: string, cause: unknown): undefined {
  const { code = "", errno = 0 } = cause as NodeJS.ErrnoException; // what node:fs throws
  if (code !== "EMFILE" && code !== "ENFILE") return undefined;
  throw new SyscallError("open", Math.abs(errno), code, {
    trail: [path],
    remedy: "close what is not needed, or raise the limit of open files: ulimit -n",
    cause,
  });
}

/**
 * Reads the files through which Linux describes itself, all below one root: tests give a directory of their own.
 * A file that is missing or may not be read is `undefined`: each reader of a format knows what that means.
 */
export class MachineFiles {
  private readonly root: string;

  /** `root`: the directory that stands for `/`. */
  constructor(root = "") {
    this.root = root;
  }

  /** The real path of `path`. */
  path(path: string): string {
    return this.root + path;
  }

  bytes(path: string): Uint8Array | undefined {
    try {
      return readFileSync(this.path(path));
    } catch (error) {
      return absent(path, error);
    }
  }

  /** UTF-8 text. */
  text(path: string): string | undefined {
    try {
      return readFileSync(this.path(path), "utf8");
    } catch (error) {
      return absent(path, error);
    }
  }

  /** A file that holds one integer. */
  number(path: string): number | undefined {
    const text = this.text(path)?.trim();
    return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
  }

  /** What a symbolic link says; undefined for what is none. */
  link(path: string): string | undefined {
    try {
      return readlinkSync(this.path(path));
    } catch {
      return undefined;
    }
  }

  /** Whether there is a regular file that this process may read, or also execute. */
  isFile(path: string, access: "read" | "execute"): boolean {
    const mode = access === "read" ? constants.R_OK : constants.R_OK | constants.X_OK;
    try {
      accessSync(this.path(path), mode);
      return statSync(this.path(path)).isFile();
    } catch {
      return false;
    }
  }

  /** The path without symbolic links; itself where there is nothing, and for what leads out of the root. */
  real(path: string): string {
    try {
      const real = realpathSync(this.path(path));
      return real.startsWith(this.root) ? real.slice(this.root.length) : path;
    } catch {
      return path;
    }
  }

  /** Names in a directory; none if there is no such directory. */
  list(path: string): readonly string[] {
    try {
      return readdirSync(this.path(path));
    } catch (error) {
      return absent(path, error) ?? [];
    }
  }

  /** The file in pieces, each valid until the next; nothing if the file cannot be read. */
  *chunks(path: string, size: number = 1 << 20): Generator<Uint8Array> {
    let fd: number;
    try {
      fd = openSync(this.path(path), "r");
    } catch (error) {
      return absent(path, error);
    }
    try {
      const chunk = new Uint8Array(size);
      for (;;) {
        const count = readSync(fd, chunk, 0, size, null);
        if (count === 0) return;
        yield chunk.subarray(0, count);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** `f_type` of statfs(2); undefined if there is no such path. */
  fileSystemType(path: string): number | undefined {
    try {
      return statfsSync(this.path(path)).type;
    } catch {
      return undefined;
    }
  }
}
