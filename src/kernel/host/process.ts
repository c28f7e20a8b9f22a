import type { MachineFiles } from "./machine-files.ts";

/** The number of a process's namespace: `pid:[4026531836]` of /proc/PID/ns/pid. */
export function readNamespace(files: MachineFiles, pid: number | "self", kind: string): number | undefined {
  const number = /\[(\d+)\]/.exec(files.link(`/proc/${pid}/ns/${kind}`) ?? "")?.[1];
  return number === undefined ? undefined : Number(number);
}
