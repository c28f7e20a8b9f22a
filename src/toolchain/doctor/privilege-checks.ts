import { encodeKernelVersion } from "../../kernel/host/index.ts";
import {
  capabilityRefusal,
  lockdownRefusal,
  memlockRefusal,
  programNeeds,
  seccompRefusal,
  userNamespaceRefusal,
  type Refusal,
} from "../../kernel/object/index.ts";
import { hiddenAddressesRemedy } from "../../program/relocate/index.ts";
import { notApplicable, ok, type Check, type Finding, type Group, type State } from "./finding.ts";
import type { Machine } from "./machine.ts";

/** What this process may do, as the errors of refused calls explain it. */
export const privilegeGroup: Group = {
  name: "privileges",
  linux: true,
  checks: [
    capabilities("to trace", programNeeds("tracepoint"), "failed"),
    capabilities("for networks", programNeeds("xdp"), "warning"),
    // By-id look-ups (BPF_PROG_GET_FD_BY_ID) and all of BPF before Linux 5.8 ask for it.
    capabilities("for everything", ["CAP_SYS_ADMIN"], "warning"),
    { name: "user namespace", look: lookAtUserNamespace },
    { name: "seccomp", look: lookAtSeccomp },
    { name: "lockdown", look: lookAtLockdown },
    { name: "locked memory", look: lookAtMemlock },
    { name: "unprivileged BPF", look: lookAtUnprivileged },
    { name: "perf_event_paranoid", look: lookAtParanoid },
    { name: "kptr_restrict", look: lookAtSymbols },
  ],
};

function refused(state: State, { reason, remedy }: Refusal): Finding {
  return { state, found: reason, remedy };
}

function capabilities(purpose: string, needs: readonly string[], missing: State): Check {
  return {
    name: `capabilities ${purpose}`,
    look({ host }) {
      const privileges = host.privileges();
      // CAP_BPF and CAP_PERFMON are parts of CAP_SYS_ADMIN since 5.8; before, it is all or nothing.
      const isOld = host.kernelVersion() < encodeKernelVersion(5, 8, 0);
      const demand = { needs: isOld ? ["CAP_SYS_ADMIN"] : needs, locksMemory: false, perf: false };
      const refusal = capabilityRefusal(privileges, demand);
      if (refusal !== undefined) return refused(isOld ? "failed" : missing, refusal);
      const isWhole = privileges.capabilities.has("CAP_SYS_ADMIN") && !needs.includes("CAP_SYS_ADMIN");
      return ok(isWhole ? `${needs.join(", ")} (in CAP_SYS_ADMIN)` : needs.join(", "));
    },
  };
}

function lookAtUserNamespace({ host }: Machine): Finding {
  const privileges = host.privileges();
  const refusal = userNamespaceRefusal(privileges);
  if (refusal !== undefined) return refused("failed", refusal);
  return privileges.initialUserNamespace === undefined
    ? notApplicable("/proc/self/uid_map cannot be read")
    : ok("the initial one");
}

/** Whether the filter lets bpf(2) pass is what trying shows, not this. */
function lookAtSeccomp({ host }: Machine): Finding {
  const privileges = host.privileges();
  const refusal = seccompRefusal(privileges);
  if (refusal !== undefined) return refused("warning", refusal);
  return privileges.seccomp === undefined
    ? notApplicable("/proc/self/status cannot be read")
    : ok("no filter");
}

/** linux/security.h: integrity keeps programs from writing user memory, confidentiality from reading the kernel's. */
function lookAtLockdown({ host }: Machine): Finding {
  const privileges = host.privileges();
  const refusal = lockdownRefusal(privileges);
  if (refusal === undefined) {
    return privileges.lockdown === undefined
      ? notApplicable("/sys/kernel/security/lockdown cannot be read")
      : ok(privileges.lockdown);
  }
  const what =
    privileges.lockdown === "integrity"
      ? "bpf_probe_write_user is refused"
      : "kprobes and reading kernel memory are refused";
  return refused("warning", { ...refusal, reason: `${refusal.reason}: ${what}` });
}

/** Kernels before 5.11 count; with CAP_SYS_RESOURCE tsbpf raises the limit by itself (kernel/object/memlock). */
function lookAtMemlock({ host }: Machine): Finding {
  const privileges = host.privileges();
  const refusal = memlockRefusal(privileges);
  if (refusal === undefined) {
    return privileges.memlock === undefined
      ? notApplicable("/proc/self/limits cannot be read")
      : ok("unlimited");
  }
  const limit = `${privileges.memlock} bytes`;
  if (host.kernelVersion() >= encodeKernelVersion(5, 11, 0)) {
    return ok(`${limit}, which Linux 5.11 and later do not count BPF against`);
  }
  if (privileges.capabilities.has("CAP_SYS_RESOURCE"))
    return ok(`${limit}, raised at need (CAP_SYS_RESOURCE)`);
  return refused("warning", {
    ...refusal,
    reason: `${refusal.reason}, without CAP_SYS_RESOURCE to raise it`,
  });
}

const unprivilegedMeanings: Readonly<Record<number, string>> = {
  0: "0: socket filters load without CAP_BPF",
  1: "1: only with CAP_BPF, until the next boot",
  2: "2: only with CAP_BPF",
};

/** kernel.unprivileged_bpf_disabled (Documentation/admin-guide/sysctl/kernel.rst); no value stops CAP_BPF. */
function lookAtUnprivileged({ host }: Machine): Finding {
  const value = host.privileges().unprivilegedBpfDisabled;
  if (value === undefined) return notApplicable("kernel.unprivileged_bpf_disabled cannot be read");
  return ok(unprivilegedMeanings[value] ?? String(value));
}

/**
 * Mainline's values end at 2 and do not touch who has CAP_PERFMON. Debian's (3) and Ubuntu's (4) kernels ask for
 * CAP_SYS_ADMIN at these.
 */
function lookAtParanoid({ host }: Machine): Finding {
  const { perfEventParanoid: value, capabilities } = host.privileges();
  if (value === undefined) return notApplicable("kernel.perf_event_paranoid cannot be read");
  if (value <= 2 || capabilities.has("CAP_SYS_ADMIN")) return ok(String(value));
  return {
    state: "warning",
    found: `${value}: Debian's and Ubuntu's kernels let nobody without CAP_SYS_ADMIN open perf events`,
    remedy: "lower it: sysctl kernel.perf_event_paranoid=2",
  };
}

/** kernel.kptr_restrict is judged by what it does: whether this process sees addresses. */
function lookAtSymbols(machine: Machine): Finding {
  const value = machine.text("/proc/sys/kernel/kptr_restrict")?.trim();
  const [address] = machine.host.kernelSymbols(["_stext"]).get("_stext") ?? [];
  if (address === undefined) return notApplicable("/proc/kallsyms names no addresses");
  if (address !== 0n) return ok(`${value ?? "?"}: addresses in /proc/kallsyms are shown`);
  return {
    state: "warning",
    found: `${value ?? "?"}: addresses in /proc/kallsyms are hidden, which externs of kernel symbols need`,
    remedy: hiddenAddressesRemedy,
  };
}
