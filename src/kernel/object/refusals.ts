import type { Privileges } from "../host/index.ts";

/** One thing that stands in the way. */
export interface Refusal {
  /** A clause: `this process lacks CAP_BPF`. */
  readonly reason: string;
  /** In the kernel's words. */
  readonly needs: readonly string[];
  readonly remedy: string;
}

/** What the refused call asks for. */
export interface Demand {
  readonly needs: readonly string[];
  readonly locksMemory: boolean;
  /** perf_event_open(2): the sysctl kernel.perf_event_paranoid counts. */
  readonly perf: boolean;
}

/**
 * The reasons, surest first, why a call that asks for this may answer EPERM: the kernel has one errno for a missing
 * capability, a limit, a sysctl, a filter and a policy (FEATURES, pain 5). A missing capability hides the rest.
 */
export function refusals(privileges: Privileges, demand: Demand): Refusal[] {
  const missing = capabilityRefusal(privileges, demand);
  if (missing !== undefined) return [missing];
  return [
    demand.needs.length > 0 ? userNamespaceRefusal(privileges) : undefined,
    demand.locksMemory ? memlockRefusal(privileges) : undefined,
    lockdownRefusal(privileges),
    seccompRefusal(privileges),
  ].filter((refusal) => refusal !== undefined);
}

/** The capabilities that are missing for this, and how to get them. */
export function capabilityRefusal(privileges: Privileges, demand: Demand): Refusal | undefined {
  const missing = missingCapabilities(privileges, demand);
  return missing.length === 0 ? undefined : lacking(privileges, missing, demand);
}

export function userNamespaceRefusal(privileges: Privileges): Refusal | undefined {
  if (privileges.initialUserNamespace !== false) return undefined;
  return {
    reason: "this process lives in a user namespace, whose capabilities do not count here",
    needs: ["the initial user namespace"],
    remedy: "run outside the user namespace (rootless containers have one)",
  };
}

export function memlockRefusal({ memlock }: Privileges): Refusal | undefined {
  if (memlock === undefined || memlock === Infinity) return undefined;
  return {
    reason: `RLIMIT_MEMLOCK is ${memlock} bytes and this kernel counts BPF memory against it`,
    needs: ["RLIMIT_MEMLOCK"],
    remedy: "raise the limit: ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit",
  };
}

export function lockdownRefusal({ lockdown }: Privileges): Refusal | undefined {
  if (lockdown !== "integrity" && lockdown !== "confidentiality") return undefined;
  return {
    reason: `the kernel is locked down (${lockdown})`,
    needs: ["lockdown=none"],
    remedy: "boot without lockdown= (Secure Boot may turn it on)",
  };
}

export function seccompRefusal({ seccomp }: Privileges): Refusal | undefined {
  if (seccomp === undefined || seccomp === 0) return undefined;
  return {
    reason: "a seccomp filter is on, as in containers, and may refuse the call",
    needs: ["a seccomp profile that allows bpf and perf_event_open"],
    remedy: "give the container a seccomp profile that allows bpf and perf_event_open",
  };
}

/** CAP_SYS_ADMIN stands for CAP_BPF, CAP_PERFMON and, in bpf(2), CAP_NET_ADMIN. */
function missingCapabilities(privileges: Privileges, demand: Demand): string[] {
  if (privileges.capabilities.has("CAP_SYS_ADMIN")) return [];
  return demand.needs.filter((need) => !privileges.capabilities.has(need));
}

function lacking(privileges: Privileges, missing: readonly string[], demand: Demand): Refusal {
  const sysctls: string[] = [];
  if (missing.includes("CAP_BPF") && (privileges.unprivilegedBpfDisabled ?? 0) > 0) {
    sysctls.push(`kernel.unprivileged_bpf_disabled is ${privileges.unprivilegedBpfDisabled}`);
  }
  if (demand.perf && (privileges.perfEventParanoid ?? 0) > 1) {
    sysctls.push(`kernel.perf_event_paranoid is ${privileges.perfEventParanoid}`);
  }
  const also = sysctls.length === 0 ? "" : ` (${sysctls.join(", ")})`;
  const short = missing.map((name) => name.slice("CAP_".length));
  return {
    reason: `this process lacks ${missing.join(" and ")}${also}`,
    needs: missing,
    remedy:
      `run as root, in a container with ${short.map((name) => `--cap-add ${name}`).join(" ")}, ` +
      `or: setcap ${missing.join(",").toLowerCase()}=ep ${process.execPath}`,
  };
}
