import { argumentError } from "../../errors.ts";
import { Errno } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import type { Link } from "./link.ts";
import { attachProbe, type ProbeAttachMode } from "./probe.ts";
import { placeOf, resolvePlace, type UprobePlace } from "./uprobe-place.ts";

/** A place in a file, as the kernel takes it. */
export interface UprobeTarget {
  /** The file; `/proc/PID/root/…` for one that only another mount namespace has. */
  readonly path: string;
  /** Of the instruction, in bytes from the start of the file. */
  readonly offset: number;
  /** Whether the program runs when the function that starts there returns. */
  readonly isReturn?: boolean | undefined;
  /** For messages; default `uprobe PATH:0xOFFSET`. */
  readonly label?: string | undefined;
}

/** Options of uprobes. */
export interface UprobeOptions extends AttachOptions {
  /** The process to watch; 0: this one. Default (or -1): all processes that map the file, also later ones. */
  readonly pid?: number | undefined;
  /** Offset in the file of a 16-bit counter that is above 0 while a probe is there: a USDT semaphore (Linux 4.20). */
  readonly refCtrOffset?: number | undefined;
  /** Default `"default"`: the newest way that this kernel has. */
  readonly attachMode?: ProbeAttachMode | undefined;
}

/** Attaches a program of type `kprobe` to an instruction in a file: in every process that maps the file, or in one. */
export function attachUprobe(
  program: Attachable,
  { path, offset, isReturn = false, label }: UprobeTarget,
  options: UprobeOptions = {},
  hooks: AttachHooks = {},
): Link {
  const target = label ?? `${isReturn ? "uretprobe" : "uprobe"} ${path}:0x${offset.toString(16)}`;
  const { pid, refCtrOffset } = options;
  if (pid !== undefined && !(Number.isInteger(pid) && pid >= -1)) {
    throw argumentError(`expected a process id, found ${pid}`).within(target);
  }
  const meanings = {
    [Errno.ENOENT]: ["there is no such file"],
    [Errno.EINVAL]: [
      "the kernel takes no probe there: the file is not a regular one, or offset lies outside it",
    ],
    [Errno.EBUSY]: ["the file has probes with another reference counter at this place"],
  } as const;
  return attachProbe(
    program,
    { kind: "uprobe", name: path, offset, isReturn, target, pid, refCtrOffset, meanings },
    options,
    hooks,
  );
}

/** A place as people say it, and whether its return is meant. */
export interface UprobeRequest {
  readonly path: string;
  readonly place: string | UprobePlace;
  readonly isReturn: boolean;
}

/** Finds the place and attaches to it. */
export function attachUprobePlace(
  program: Attachable,
  { path, place, isReturn }: UprobeRequest,
  options: UprobeOptions = {},
  hooks: AttachHooks = {},
): Link {
  const found = resolvePlace(program.host, path, placeOf(place), { pid: options.pid, isReturn });
  const label = `${isReturn ? "uretprobe" : "uprobe"} ${found.label}`;
  return attachUprobe(program, { path: found.path, offset: found.offset, isReturn, label }, options, hooks);
}
