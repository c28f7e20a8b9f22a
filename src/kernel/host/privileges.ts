import type { Privileges } from "./host.ts";
import type { MachineFiles } from "./machine-files.ts";

/** Capabilities by bit number (linux/capability.h). */
const CAPABILITIES = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT " +
  "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP " +
  "MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
)
  .split(" ")
  .map((name) => `CAP_${name}`);

/** The names of the set bits of a capability mask in hexadecimal, as in /proc/PID/status. */
export function parseCapabilities(mask: string): Set<string> {
  const bits = BigInt(`0x${mask.trim()}`);
  return new Set(CAPABILITIES.filter((_, bit) => (bits >> BigInt(bit)) & 1n));
}

/** What may stand between this process and bpf(2); each source that cannot be read is undefined. */
export function readPrivileges(files: MachineFiles): Privileges {
  const status = files.text("/proc/self/status") ?? "";
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
  const seccomp = field("Seccomp");
  return {
    capabilities: parseCapabilities(field("CapEff") ?? "0"),
    unprivilegedBpfDisabled: files.number("/proc/sys/kernel/unprivileged_bpf_disabled"),
    perfEventParanoid: files.number("/proc/sys/kernel/perf_event_paranoid"),
    // The chosen mode stands in brackets: `none [integrity] confidentiality`.
    lockdown: /\[(\w+)\]/.exec(files.text("/sys/kernel/security/lockdown") ?? "")?.[1],
    memlock: parseMemlock(files.text("/proc/self/limits") ?? ""),
    seccomp: seccomp === undefined ? undefined : Number(seccomp),
    initialUserNamespace: parseInitialUserNamespace(files.text("/proc/self/uid_map")),
  };
}

/** The soft limit of `Max locked memory` in /proc/PID/limits, in bytes. */
export function parseMemlock(limits: string): number | undefined {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === "unlimited" ? Infinity : Number(soft);
}

/** The initial namespace maps every id to itself: `0 0 4294967295`. */
export function parseInitialUserNamespace(uidMap: string | undefined): boolean | undefined {
  return uidMap === undefined ? undefined : /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}
