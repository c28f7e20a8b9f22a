import type { Host } from "../host/index.ts";
import type { Refusal } from "./refusals.ts";

/** Where libbpf pins by name (RULES 12). */
export const defaultPinRoot = "/sys/fs/bpf";

/** `f_type` of bpffs (linux/magic.h). */
const BPF_FS_MAGIC = 0xcafe4a11;

/** Why no tracepoint can be found at all: tracefs is not mounted, or closed to this user. */
export function tracefsRefusal(host: Host): Refusal | undefined {
  const place = host.tracefs();
  if (place === undefined) {
    return {
      reason: "expected tracefs, found none mounted",
      needs: ["tracefs"],
      remedy: "mount it: mount -t tracefs tracefs /sys/kernel/tracing",
    };
  }
  if (host.tracepoints().length > 0) return undefined;
  return {
    reason: `expected to read ${place}, found it closed to this user`,
    needs: ["root"],
    remedy: "run as root, or mount tracefs with -o gid= and mode=750 for this user's group",
  };
}

/** Why nothing can be pinned in this directory. */
export function bpffsRefusal(host: Host, directory: string = defaultPinRoot): Refusal | undefined {
  const type = host.fileSystemType(directory);
  // statfs(2) has a signed word for it on some architectures.
  if (type !== undefined && type >>> 0 === BPF_FS_MAGIC) return undefined;
  const found = type === undefined ? "no such directory" : `file system type 0x${(type >>> 0).toString(16)}`;
  return {
    reason: `expected a BPF file system at ${directory}, found ${found}`,
    needs: ["bpffs"],
    remedy:
      directory === defaultPinRoot || type === undefined
        ? `mount it: mount -t bpf bpf ${defaultPinRoot}`
        : `choose a path below ${defaultPinRoot}`,
  };
}
