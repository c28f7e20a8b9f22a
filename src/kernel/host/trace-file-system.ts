import type { MachineFiles } from "./machine-files.ts";

/** `f_type` of tracefs (linux/magic.h). */
export const TRACEFS_MAGIC = 0x74726163;

/** Where tracefs is mounted by itself, and where debugfs shows it. */
const places = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** The mounted tracefs; undefined if none is. */
export function findTraceFileSystem(files: MachineFiles): string | undefined {
  return places.find((place) => files.fileSystemType(place) === TRACEFS_MAGIC);
}

/** The id that perf_event_open(2) takes; undefined if there is no such tracepoint or it may not be read. */
export function readTracepointId(
  files: MachineFiles,
  tracefs: string,
  category: string,
  name: string,
): number | undefined {
  // Names come from users and make a path: nothing but the characters that the kernel's names have.
  if (!/^[\w.:-]+$/.test(category) || !/^[\w.:-]+$/.test(name)) return undefined;
  return files.number(`${tracefs}/events/${category}/${name}/id`);
}

/** All tracepoints as `category/name`: one list file, and it costs a few milliseconds. */
export function readTracepoints(files: MachineFiles, tracefs: string): string[] {
  const text = files.text(`${tracefs}/available_events`);
  if (text === undefined) return [];
  return text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line) => line.replace(":", "/"));
}
