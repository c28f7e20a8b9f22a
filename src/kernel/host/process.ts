import type { CodeMapping, MappedFile } from "./host.ts";
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
  for (const { path, deleted, range } of parseCodeMappings(text)) {
    const key = `${path}${deleted ? DELETED : ""}`;
    if (!files.has(key)) files.set(key, { path, deleted, range });
  }
  return [...files.values()];
}

/** The executable mappings of files in text of that form. */
export function parseCodeMappings(text: string): CodeMapping[] {
  const mappings: CodeMapping[] = [];
  for (const line of text.split("\n")) {
    // START-END PERMISSIONS OFFSET DEVICE INODE PATH; the path is padded to a column.
    const [, start, end, permissions, offset, name] =
      /^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ \d+ +(\/.*)$/.exec(line) ?? [];
    if (start === undefined || end === undefined || name === undefined || permissions?.[2] !== "x") continue;
    const deleted = name.endsWith(DELETED);
    const address = BigInt(`0x${start}`);
    mappings.push({
      // A newline in a name is written as \012 (fs/seq_file.c).
      path: (deleted ? name.slice(0, -DELETED.length) : name).replaceAll("\\012", "\n"),
      deleted,
      range: `${start}-${end}`,
      address,
      size: Number(BigInt(`0x${end}`) - address),
      offset: Number(`0x${offset}`),
    });
  }
  return mappings;
}
