import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { argumentError } from "../../errors.ts";
import { requireInside } from "../../format/bytes/index.ts";
import type { OpenFile } from "./host.ts";

/** Opens a regular file; `path` is how it is called in errors, `real` where it is. */
export function openFile(path: string, real: string): OpenFile {
  let fd: number;
  try {
    fd = openSync(real, "r");
  } catch (error) {
    throw argumentError(`expected a readable file, found ${reason(error)}`).within(path);
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw argumentError(
      `expected a file, found ${stat.isDirectory() ? "a directory" : "something else"}`,
    ).within(path);
  }
  let isOpen = true;
  return {
    size: stat.size,
    read: (offset, length) => {
      requireInside(offset, length, stat.size);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const count = readSync(fd, bytes, done, length - done, offset + done);
        // The file shrank since it was opened.
        if (count === 0) requireInside(offset, length, offset + done);
        done += count;
      }
      return bytes;
    },
    close: () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}

function reason(error: unknown): string {
  const { code = "an error" } = error as NodeJS.ErrnoException; // what node:fs throws
  const known: Readonly<Record<string, string>> = {
    ENOENT: "none",
    EACCES: "one that this user may not read (EACCES)",
    ENOTDIR: "none: a part of the path is no directory",
  };
  return known[code] ?? code;
}
