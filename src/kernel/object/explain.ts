import { DeniedError, FeatureError, SyscallError, type TsbpfError } from "../../errors.ts";
import type { Host } from "../host/index.ts";
import { encodeKernelVersion } from "../host/index.ts";
import { Errno, errnoName } from "./errno.ts";
import { refusals } from "./refusals.ts";

/** What was tried when the kernel answered an errno. */
export interface Situation {
  /** `bpf(BPF_MAP_CREATE)` */
  readonly call: string;
  /** Capabilities in the words of Linux 5.8 and later. */
  readonly needs?: readonly string[] | undefined;
  /** The object is charged against RLIMIT_MEMLOCK on kernels before 5.11 (RULES 50). */
  readonly locksMemory?: boolean | undefined;
  /** What EINVAL most likely means here: the kernel is too old for this. */
  readonly feature?: { readonly name: string; readonly since?: string | undefined } | undefined;
  /** Parameters worth seeing: `type ringbuf, 1000 entries`. */
  readonly parameters?: string | undefined;
  /** What an errno means in this situation, and what to do about it. */
  readonly meanings?: Readonly<Record<number, readonly [meaning: string, remedy?: string]>> | undefined;
}

/** Remedies for limits that any call can hit. */
const common: Readonly<Record<number, readonly [string, string]>> = {
  [Errno.EMFILE]: ["this process has no fds left", "raise the limit: ulimit -n"],
  [Errno.ENOMEM]: [
    "the kernel has no memory for it",
    "ask for less, or raise the memory limit of this cgroup",
  ],
};

/**
 * Turns an errno (positive) into the error that a person can act on. Nothing is checked before a call is tried: only
 * its refusal makes tsbpf look at capabilities, sysctls and releases, and only a look is taken.
 */
export function explain(host: Host, situation: Situation, errno: number, cause?: unknown): TsbpfError {
  const { call, feature, parameters } = situation;
  if (errno === Errno.EPERM || errno === Errno.EACCES) {
    const denied = explainDenial(host, situation, errno, cause);
    if (denied !== undefined) return denied;
  }
  if (errno === Errno.ENOSYS) {
    return new FeatureError(`the system call ${call} (CONFIG_BPF_SYSCALL)`, "3.18", host.release, { cause });
  }
  const isUnknown = errno === Errno.EINVAL || errno === Errno.EOPNOTSUPP || errno === Errno.ENOTSUPP;
  if (feature !== undefined && isUnknown) {
    return new FeatureError(feature.name, feature.since, host.release, {
      remedy: `${call} answered ${errnoName(errno)}`,
      cause,
    });
  }
  const [meaning, remedy] = situation.meanings?.[errno] ?? common[errno] ?? [];
  const said = [meaning, parameters].filter((text) => text !== undefined).join("; ");
  return new SyscallError(call, errno, errnoName(errno), { remedy, cause }, said === "" ? undefined : said);
}

/** undefined: an EACCES that no privilege would change, as it has a meaning of its own in this situation. */
function explainDenial(
  host: Host,
  situation: Situation,
  errno: number,
  cause: unknown,
): DeniedError | undefined {
  const meaning = situation.meanings?.[errno];
  const found = refusals(host.privileges(), {
    needs: needsOf(host, situation.needs ?? []),
    locksMemory: situation.locksMemory === true && host.kernelVersion() < encodeKernelVersion(5, 11, 0),
    perf: situation.call === "perf_event_open",
  });
  if (errno === Errno.EACCES && found.length === 0 && meaning !== undefined) return undefined;
  const text = [...found.map((refusal) => refusal.reason), ...(meaning === undefined ? [] : [meaning[0]])];
  if (text.length === 0) {
    text.push(
      "this process holds every capability that it needs: a security module or the hypervisor refuses it",
    );
  }
  const parameters = situation.parameters === undefined ? "" : ` (${situation.parameters})`;
  return new DeniedError(
    `${situation.call} was refused with ${errnoName(errno)}${parameters}: ${text.join("; ")}`,
    found.flatMap((refusal) => refusal.needs),
    {
      remedy:
        found[0]?.remedy ??
        meaning?.[1] ??
        "look for a denial in `dmesg` or the audit log (SELinux, AppArmor, BPF LSM)",
      cause,
    },
  );
}

/** CAP_BPF and CAP_PERFMON are parts of CAP_SYS_ADMIN that Linux 5.8 split off. */
function needsOf(host: Host, needs: readonly string[]): readonly string[] {
  return needs.length > 0 && host.kernelVersion() < encodeKernelVersion(5, 8, 0) ? ["CAP_SYS_ADMIN"] : needs;
}
