import { spawnSync } from "node:child_process";
import { DeniedError } from "../../errors.ts";

const PLACE = "/sys/kernel/tracing";

/**
 * Runs `attach`; where only an unmounted tracefs stands in the way and this is root, mounts it, says so and tries once
 * more. systemd mounts tracefs, containers and small systems do not; the library itself never changes the machine.
 */
export function withTracefs<T>(attach: () => T, undo: () => void): T {
  try {
    return attach();
  } catch (error) {
    const isMissing = error instanceof DeniedError && error.needs.includes("tracefs");
    if (!isMissing || process.getuid?.() !== 0) throw error;
    undo();
    // Read-only /sys, a container without the capability: then the first error says what is to be done.
    if (spawnSync("mount", ["-t", "tracefs", "tracefs", PLACE]).status !== 0) throw error;
    process.stderr.write(`note: tracefs was not mounted; it is now, on ${PLACE}\n`);
    return attach();
  }
}
