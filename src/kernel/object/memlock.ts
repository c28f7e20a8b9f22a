import type { Host } from "../host/index.ts";
import type { Kernel } from "../sys/index.ts";
import { Errno } from "./errno.ts";
import { probeHelper } from "./feature-probes.ts";

const RLIMIT_MEMLOCK = 8;

/**
 * Kernels before 5.11 count BPF memory against RLIMIT_MEMLOCK and answer EPERM when it is used up; later ones charge
 * the memory cgroup (RULES 50). The two are told apart by a helper of the same release, never by the release: RHEL
 * has the one without the other. Whether it is worth another try is the answer.
 */
export function raiseMemlock(kernel: Kernel, host: Host): boolean {
  if (host.privileges().memlock === Infinity) return false;
  if (probeHelper(kernel, "socket_filter", "BPF_FUNC_ktime_get_coarse_ns") === true) return false;
  // struct rlimit64 { cur, max }, both RLIM64_INFINITY
  const unlimited = new Uint8Array(16).fill(0xff);
  return kernel.syscall("prlimit64", [0, RLIMIT_MEMLOCK, unlimited, 0]) >= 0;
}

/** Makes a call; after EPERM, raises the limit where that can help and makes it once more. */
export function withMemlock(kernel: Kernel, host: Host, call: () => number): number {
  const result = call();
  return result === -Errno.EPERM && raiseMemlock(kernel, host) ? call() : result;
}
