import { randomBytes } from "node:crypto";
import { argumentError, ErrorCode, TsbpfError } from "../../errors.ts";
import type { Host, ProbeKind } from "../host/index.ts";
import { explain } from "../object/index.ts";
import type { Attachable } from "./attachable.ts";
import { tracepointEventAttr } from "./attr.ts";
import { openPerfEvent, type PerfEvent } from "./perf-link.ts";
import type { Probe } from "./probe-place.ts";

/** `MAX_EVENT_NAME_LEN` of kernel/trace/trace_probe.h, with its NUL. */
const MAX_EVENT_NAME = 64;

/**
 * A probe as an event of tracefs, for kernels without a PMU for probes (before 4.17) and for what only tracefs takes
 * (RULES 55). undefined: this kernel has no file for such events.
 *
 * The event outlives the process that made it, so its name says whose it is; what dead processes left is removed first.
 */
export function openTracedProbe(program: Attachable, probe: Probe): PerfEvent | undefined {
  const { kernel, host } = program;
  const { kind, target, pid } = probe;
  const tracefs = host.tracefs();
  const definitions = host.probeDefinitions(kind);
  if (tracefs === undefined || definitions === undefined) return undefined;
  const file = `${tracefs}/${kind}_events`;
  removeStale(program, kind, file, definitions);
  const name = eventName(host, kernel.syscall("getpid", []), probe);
  const created = kernel.appendFile(file, `${definition(name, probe)}\n`);
  if (created < 0) {
    const situation = { call: `write(${file})`, needs: ["CAP_SYS_ADMIN"], meanings: probe.meanings };
    throw explain(host, situation, -created).within(target);
  }
  const remove = (): void => void kernel.appendFile(file, `-:${kind}s/${name}\n`);
  try {
    const id = host.tracepointId(`${kind}s`, name);
    if (id === undefined) {
      throw new TsbpfError(
        ErrorCode.UNSUPPORTED,
        `expected tracefs to have made ${kind}s/${name}, found none`,
        {
          trail: [target],
        },
      );
    }
    const event = openPerfEvent(program, {
      attr: tracepointEventAttr(id),
      pid,
      target,
      meanings: probe.meanings,
    });
    return { ...event, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A line for `kprobe_events` or `uprobe_events` (Documentation/trace/{kprobetrace,uprobetracer}.rst). */
export function definition(event: string, probe: Probe): string {
  const { kind, name, offset, isReturn, maxActive, refCtrOffset = 0 } = probe;
  if (/\s/.test(name)) {
    throw argumentError(`expected a path without spaces for tracefs, found "${name}"`).within(probe.target);
  }
  const type = isReturn ? `r${maxActive ?? ""}` : "p";
  const counter = refCtrOffset === 0 ? "" : `(0x${refCtrOffset.toString(16)})`;
  const place =
    kind === "uprobe" ? `${name}:0x${offset.toString(16)}${counter}` : `${name}+0x${offset.toString(16)}`;
  return `${type}:${kind}s/${event} ${place}`;
}

/** `tsbpf_PID_NAMESPACE_RANDOM_FUNCTION`. Threads of a process share its id, so a counter would not do. */
function eventName(host: Host, pid: number, probe: Probe): string {
  const short = probe.name.slice(probe.name.lastIndexOf("/") + 1);
  const name = `${owner(pid, host.pidNamespace())}${randomBytes(4).toString("hex")}_${short}`;
  return name.replace(/\W/g, "_").slice(0, MAX_EVENT_NAME - 1);
}

function owner(pid: number, namespace: number | undefined): string {
  return `tsbpf_${pid}_${namespace ?? 0}_`;
}

/**
 * Removes events of ours whose process is gone. Ids mean something in their own PID namespace only. An event that is
 * still in use, by a pinned link, is EBUSY and stays.
 */
function removeStale(
  { kernel, host }: Attachable,
  kind: ProbeKind,
  file: string,
  definitions: readonly string[],
): void {
  const namespace = String(host.pidNamespace() ?? 0);
  for (const line of definitions) {
    const [, event, pid, home] = /^[pr]\d*:(\w+\/tsbpf_(\d+)_(\d+)_\w*)/.exec(line) ?? [];
    if (event === undefined || home !== namespace || host.isRunning(Number(pid))) continue;
    kernel.appendFile(file, `-:${event}\n`);
  }
}
