import { argumentError, FeatureError, type TsbpfError } from "../../errors.ts";
import type { AttachHooks, AttachOptions, Attachable } from "./attachable.ts";
import { probeEventAttr } from "./attr.ts";
import type { Link } from "./link.ts";
import { attachPerfEvent, openPerfEvent, type PerfEvent } from "./perf-link.ts";
import type { Probe } from "./probe-place.ts";
import { openTracedProbe } from "./traced-probe.ts";

/**
 * By which of the kernel's ways a probe is attached, in libbpf's words (`enum probe_attach_mode`). `"default"`: the
 * newest that works. `"link"`: a perf event of the probe's own and a BPF link on it (Linux 5.15). `"perf"`: the event,
 * and the program set on it by ioctl (4.17). `"legacy"`: an event made through tracefs, and the ioctl.
 */
export type ProbeAttachMode = "default" | "legacy" | "perf" | "link";

/** Attaches a program to a probe: PMU → tracefs, link → ioctl (RULES 53 to 55). */
export function attachProbe(
  program: Attachable,
  probe: Probe,
  options: AttachOptions & { readonly attachMode?: ProbeAttachMode | undefined },
  hooks: AttachHooks,
): Link {
  const mode = options.attachMode ?? "default";
  const event = openProbe(program, probe, mode);
  const by = mode === "default" ? undefined : mode === "link" ? "link" : "ioctl";
  return attachPerfEvent(program, event, { cookie: options.cookie, by }, hooks);
}

function openProbe(program: Attachable, probe: Probe, mode: ProbeAttachMode): PerfEvent {
  const { host } = program;
  const events = host.probeEvents(probe.kind);
  if (probe.maxActive !== undefined && (mode === "link" || mode === "perf")) {
    throw argumentError(`expected no maxActive with attachMode "${mode}": only tracefs takes it`).within(
      probe.target,
    );
  }
  const byTracefs = mode === "legacy" || probe.maxActive !== undefined;
  if (!byTracefs && events !== undefined) {
    const { target, pid, meanings, refCtrOffset = 0 } = probe;
    if (refCtrOffset !== 0 && events.refCtrShift === undefined) {
      throw new FeatureError("reference counters of uprobes", "4.20", host.release).within(target);
    }
    return openPerfEvent(program, { ...probeEventAttr(probe, events), pid, target, meanings });
  }
  if (mode === "link" || mode === "perf") throw noProbes(program, probe);
  return openTracedProbe(program, probe) ?? fail(noProbes(program, probe));
}

/** Neither a PMU nor the file of tracefs. */
function noProbes({ host }: Attachable, { kind, target }: Probe): TsbpfError {
  const option = kind === "kprobe" ? "CONFIG_KPROBE_EVENTS" : "CONFIG_UPROBE_EVENTS";
  const other = kind === "kprobe" ? "use a tracepoint, tp_btf or fentry, or " : "";
  return new FeatureError(`${kind}s (${option})`, undefined, host.release, {
    remedy: `${other}boot a kernel that is built with ${option}=y`,
  }).within(target);
}

function fail(error: TsbpfError): never {
  throw error;
}
