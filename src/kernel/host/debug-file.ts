import { crc32 } from "node:zlib";
import { piecesOf } from "../../format/bytes/index.ts";
import { buildId, debugLink, Executable } from "../../format/elf/index.ts";
import type { ExecutableFile } from "./executable-file.ts";
import type { Host, OpenFile } from "./host.ts";

const FOLDER = "/usr/lib/debug";

/** A file with the symbols of another. */
export interface DebugFile {
  readonly path: string;
  readonly elf: Executable;
  /** Idempotent. */
  close(): void;
}

/**
 * The file with the symbols that were taken out of an executable, where gdb looks for it, too: by the id of the build, and
 * by the name in `.gnu_debuglink`, if its CRC is right. A file that belongs to another build is passed over. Below the
 * root of a process in other mounts, files there go first.
 */
export function openDebugFile(host: Host, file: ExecutableFile): DebugFile | undefined {
  const root = /^\/proc\/(?:\d+|self)\/root(?=\/)/.exec(file.path)?.[0] ?? "";
  const roots = root === "" ? [""] : [root, ""];
  const id = buildId(file.elf);
  if (id !== undefined && id.length > 2) {
    for (const place of roots) {
      const path = `${place}${FOLDER}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`;
      const found = openIf(host, path, (elf) => buildId(elf) === id);
      if (found !== undefined) return found;
    }
  }
  const link = debugLink(file.elf);
  if (link === undefined) return undefined;
  // Links below another root lead to places below it: only the kernel follows them rightly.
  const real = root === "" ? host.realPath(file.path) : file.path;
  const folder = real.slice(0, real.lastIndexOf("/"));
  const inRoot = root === "" ? folder : folder.slice(root.length);
  const places = [
    `${folder}/${link.name}`,
    `${folder}/.debug/${link.name}`,
    ...roots.map((place) => `${place}${FOLDER}${inRoot}/${link.name}`),
  ];
  for (const path of places) {
    // A name without a suffix may be the file's own.
    if (path === real) continue;
    const found = openIf(host, path, (_, source) => crcOf(source) === link.crc);
    if (found !== undefined) return found;
  }
  return undefined;
}

function openIf(
  host: Host,
  path: string,
  fits: (elf: Executable, source: OpenFile) => boolean,
): DebugFile | undefined {
  if (!host.hasFile(path, "read")) return undefined;
  const source = host.openFile(path);
  try {
    const elf = new Executable(source);
    if (fits(elf, source)) return { path, elf, close: () => source.close() };
  } catch {
    // A damaged file of symbols is as good as none: the error says what was looked for in the end.
  }
  source.close();
  return undefined;
}

function crcOf(source: OpenFile): number {
  let crc = 0;
  for (const { bytes } of piecesOf(source, 0, source.size)) crc = crc32(bytes, crc);
  return crc;
}
