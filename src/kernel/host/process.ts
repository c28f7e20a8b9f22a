import type { MappedFile } from "./host.ts";
import type { MachineFiles } from "./machine-files.ts";

/** The number of a process's namespace: `pid:[4026531836]` of /proc/PID/ns/pid. */
export function readNamespace(files: MachineFiles, pid: number | "self", kind: string): number | undefined {
  const number = /\[(\d+)\]/.exec(files.link(`/proc/${pid}/ns/${kind}`) ?? "")?.[1];
  return number === undefined ? undefined : Number(number);
}

const DELETED = " (deleted)";

/** The files that are mapped executable in text of the form of /proc/PID/maps, each once. */
export function parseMappedCode(text: string): MappedFile[] {
  const files = new Map<string, MappedFile>();
  for (const line of text.split("\n")) {
    // START-END PERMISSIONS OFFSET DEVICE INODE PATH; the path is padded to a column.
    const [, range, permissions, name] = /^([0-9a-f]+-[0-9a-f]+) (\S+) \S+ \S+ \d+ +(\/.*)$/.exec(line) ?? [];
    if (range === undefined || name === undefined || permissions?.[2] !== "x" || files.has(name)) continue;
    const deleted = name.endsWith(DELETED);
    // A newline in a name is written as \012 (fs/seq_file.c).
    const path = (deleted ? name.slice(0, -DELETED.length) : name).replaceAll("\\012", "\n");
    files.set(name, { path, deleted, range });
  }
  return [...files.values()];
}
