import { DeniedError, FeatureError, TsbpfError } from "../../errors.ts";
import {
  basicAbilities,
  featuresOf,
  furtherAbilities,
  mayOpenUprobes,
  type Ability,
} from "../../kernel/object/index.ts";
import { fromError, notApplicable, ok, type Check, type Finding, type Group, type State } from "./finding.ts";
import type { Machine } from "./machine.ts";

/** What works when it is tried. */
export const abilityGroup: Group = {
  name: "tried",
  linux: true,
  checks: [
    ...basicAbilities.map((ability) => tried(ability, "failed")),
    ...furtherAbilities.map((ability) => tried(ability, "warning")),
    { name: "attach cookies", look: lookAtCookies },
    { name: "kprobes", look: lookAtKprobes },
    { name: "uprobes", look: lookAtUprobes },
  ],
};

function tried({ name, attempt }: Ability, otherwise: State): Check {
  return {
    name,
    look({ kernel, host }) {
      if (kernel instanceof TsbpfError) return notApplicable("cannot be tried without the addon");
      const error = attempt(kernel, host);
      if (error === undefined) return ok("works");
      if (error instanceof FeatureError) return lacking(error, otherwise);
      // Who lacks the capability learns nothing about the kernel; that it is lacking was said above.
      const isUnknown = otherwise === "warning" && error instanceof DeniedError && error.needs.length > 0;
      return isUnknown
        ? notApplicable(`cannot be tried: ${error.needs.join(", ")} missing`)
        : fromError(otherwise, error);
    },
  };
}

/** A feature's error says what the kernel answered where others say what to do: here that belongs to the finding. */
function lacking(error: FeatureError, state: State): Finding {
  const answered = error.remedy === undefined ? "" : ` (${error.remedy})`;
  return {
    state,
    found: `${error.detail}${answered}`,
    remedy:
      "programs that use it do not load or attach here: boot a kernel that has it, and was built with it",
  };
}

function lookAtCookies({ kernel, host }: Machine): Finding {
  if (kernel instanceof TsbpfError) return notApplicable("cannot be tried without the addon");
  const answer = featuresOf(kernel, host).answer("bpfCookie");
  if (answer === undefined)
    return notApplicable("cannot be tried: the kernel refuses this process before it looks");
  if (answer) return ok("works");
  return {
    state: "warning",
    found: `expected bpf_get_attach_cookie (Linux 5.15 and later), running is ${host.release}`,
    remedy:
      "USDT and several targets with one program need it: boot a newer kernel, or write one program per target",
  };
}

const devices = "/sys/bus/event_source/devices";

/** Through perf since 4.17, through tracefs before. */
function probeWay(machine: Machine, kind: "kprobe" | "uprobe"): string | undefined {
  if (machine.text(`${devices}/${kind}/type`) !== undefined) return "through perf";
  const tracefs = machine.host.tracefs();
  const isTraced = tracefs !== undefined && machine.text(`${tracefs}/${kind}_events`) !== undefined;
  return isTraced ? "through tracefs" : undefined;
}

function lookAtKprobes(machine: Machine): Finding {
  const way = probeWay(machine, "kprobe");
  if (way !== undefined) return ok(way);
  return {
    state: "warning",
    found: `expected ${devices}/kprobe, found none (CONFIG_KPROBE_EVENTS)`,
    remedy: "attach to tracepoints, raw tracepoints or fentry instead, or boot a kernel with kprobes",
  };
}

function lookAtUprobes(machine: Machine): Finding {
  const { kernel, host } = machine;
  const way = probeWay(machine, "uprobe");
  if (way === undefined) {
    return {
      state: "warning",
      found: `expected ${devices}/uprobe, found none (CONFIG_UPROBE_EVENTS)`,
      remedy: "boot a kernel with uprobes",
    };
  }
  const type = Number(machine.text(`${devices}/uprobe/type`)?.trim());
  const { capabilities } = host.privileges();
  // Whoever has it all is let in whichever the kernel asks for.
  if (kernel instanceof TsbpfError || Number.isNaN(type) || capabilities.has("CAP_SYS_ADMIN")) return ok(way);
  if (!capabilities.has("CAP_PERFMON")) return notApplicable("cannot be tried: CAP_PERFMON missing");
  if (mayOpenUprobes(kernel, type) !== false) return ok(`${way}, with CAP_PERFMON`);
  return {
    state: "warning",
    found: "this kernel asks for CAP_SYS_ADMIN for uprobes through perf (the fix of CVE-2025-38466)",
    remedy: "attach with uprobe.multi (Linux 6.6), which takes CAP_PERFMON, or add CAP_SYS_ADMIN",
  };
}
