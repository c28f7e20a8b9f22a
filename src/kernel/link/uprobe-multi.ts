import { argumentError, FeatureError, within, type TsbpfError } from "../../errors.ts";
import { flags as bpfFlags, type AttachType } from "../../format/abi/index.ts";
import { matchFunctions } from "../../format/elf/index.ts";
import { functionPlace, openExecutable, type Host } from "../host/index.ts";
import { callBpf, Errno, explain } from "../object/index.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { uprobeMultiCall } from "./attr.ts";
import { globTest, isGlob } from "./kernel-functions.ts";
import { linkOf, type Link } from "./link.ts";
import { cookiesOf, type MultiOptions } from "./multi.ts";
import { placeOf, placeText, resolvePlace, type UprobePlace } from "./uprobe-place.ts";

/** Places in one file for one link. */
export interface UprobeMultiTarget {
  /** As the kernel opens it. */
  readonly path: string;
  /** Bytes from the start of the file. */
  readonly offsets: readonly number[];
  /** One for each place: the offset of a counter that is above 0 while the probe is there, or 0. */
  readonly refCtrOffsets?: readonly number[] | undefined;
  readonly isReturn?: boolean | undefined;
  /** What the program was loaded for: `trace_uprobe_multi` or `trace_uprobe_session`. */
  readonly type: AttachType;
  /** For messages. */
  readonly label: string;
  /** Whether the places came from a pattern. */
  readonly isPattern?: boolean | undefined;
}

/** Options of links to many places of a file. */
export interface UprobeMultiOptions extends AttachOptions, MultiOptions {
  /** The process to watch; 0: this one. Default (or -1): all. */
  readonly pid?: number | undefined;
}

/**
 * Attaches a `uprobe.multi` program to many places of a file with one link (Linux 6.6), a `uprobe.session` one (6.13) to
 * entries and returns.
 */
export function attachUprobeMulti(
  program: Attachable,
  target: UprobeMultiTarget,
  options: UprobeMultiOptions = {},
  hooks: AttachHooks = {},
): Link {
  const { kernel } = program;
  const { path, offsets, refCtrOffsets, isReturn = false, type, label } = target;
  if (offsets.length === 0) throw argumentError("expected at least one place, found none").within(label);
  if (refCtrOffsets !== undefined && refCtrOffsets.length !== offsets.length) {
    throw argumentError(
      `expected ${offsets.length} reference counters, one a place, found ${refCtrOffsets.length}`,
    ).within(label);
  }
  const { pid = -1 } = options;
  const fd = callBpf(
    kernel,
    uprobeMultiCall(program.fd, type, {
      path,
      offsets,
      refCtrOffsets,
      cookies: cookiesOf(options, offsets.length, target.isPattern === true, label),
      // Here 0 means all processes (RULES 54).
      pid: pid < 0 ? 0 : pid === 0 ? kernel.syscall("getpid", []) : pid,
      flags: isReturn ? bpfFlags.BPF_F_UPROBE_MULTI_RETURN : 0,
    }),
  );
  if (fd < 0) throw refused(program, type, pid, label, -fd);
  return linkOf(program, label, fd, hooks);
}

/** Functions of a file as people name them: one pattern, or places. */
export interface UprobeMultiRequest {
  readonly path: string;
  readonly places: string | readonly (string | UprobePlace)[];
  readonly isReturn: boolean;
  readonly type: AttachType;
  readonly refCtrOffsets?: readonly number[] | undefined;
}

/** Finds the places and attaches to them. */
export function attachUprobePlaces(
  program: Attachable,
  request: UprobeMultiRequest,
  options: UprobeMultiOptions = {},
  hooks: AttachHooks = {},
): Link {
  const { isReturn, type, path: name, places } = request;
  const kind = isReturn
    ? "uretprobe.multi"
    : type === "trace_uprobe_session"
      ? "uprobe.session"
      : "uprobe.multi";
  const shown =
    typeof places === "string" ? places : places.map((place) => placeText(placeOf(place))).join(",");
  const label = `${kind} ${name}:${shown}`;
  const isPattern = typeof places === "string" && isGlob(places);
  const { path, offsets } = isPattern
    ? within(label, () => matchPlaces(program.host, name, places, options.pid))
    : namedPlaces(program.host, name, typeof places === "string" ? [places] : places, {
        pid: options.pid,
        isReturn,
      });
  return attachUprobeMulti(program, { ...request, path, offsets, label, isPattern }, options, hooks);
}

interface Places {
  readonly path: string;
  readonly offsets: readonly number[];
}

function matchPlaces(host: Host, name: string, pattern: string, pid: number | undefined): Places {
  const file = openExecutable(host, name, pid);
  try {
    const symbols = matchFunctions(file.elf, globTest(pattern));
    if (symbols.length === 0) {
      throw argumentError(
        `expected functions that match ${pattern}, found none`,
        "`*` stands for any text and `?` for one character; a stripped file has only its exported functions",
      );
    }
    return { path: file.path, offsets: symbols.map((symbol) => functionPlace(file, symbol).offset) };
  } finally {
    file.close();
  }
}

function namedPlaces(
  host: Host,
  name: string,
  places: readonly (string | UprobePlace)[],
  options: { readonly pid: number | undefined; readonly isReturn: boolean },
): Places {
  let path = name;
  const offsets = places.map((place) => {
    const resolved = resolvePlace(host, name, placeOf(place), options);
    path = resolved.path;
    return resolved.offset;
  });
  return { path, offsets };
}

function refused(
  program: Attachable,
  type: AttachType,
  pid: number,
  label: string,
  errno: number,
): TsbpfError {
  const session = type === "trace_uprobe_session";
  if (!hasUprobeMulti(program, type)) {
    const [name, since] = session ? ["uprobe sessions", "6.13"] : ["uprobe.multi links", "6.6"];
    return new FeatureError(name, since, program.host.release, {
      remedy: session ? undefined : 'use single uprobes: SEC("uprobe") and attachUprobe',
    }).within(label);
  }
  return explain(
    program.host,
    {
      call: "bpf(BPF_LINK_CREATE)",
      needs: ["CAP_BPF", "CAP_PERFMON"],
      meanings: {
        [Errno.ESRCH]: [`there is no process ${pid}`, "leave pid out to see all processes"],
        [Errno.EBADF]: ["the file cannot be probed: it is no regular file"],
        [Errno.EINVAL]: [
          `an offset lies outside the file, or the program was not loaded for ${session ? "uprobe.session" : "uprobe.multi"}`,
        ],
      },
    },
    errno,
  ).within(label);
}

/** A link to `/`, which is no file, is EBADF where the kernel has these links; libbpf asks it so, too. */
export function hasUprobeMulti({ kernel, fd }: Attachable, type: AttachType = "trace_uprobe_multi"): boolean {
  const call = uprobeMultiCall(fd, type, { path: "/", offsets: [0], pid: 0, flags: 0 });
  return callBpf(kernel, call) === -Errno.EBADF;
}
