import { bpffsRefusal, defaultPinRoot, tracefsRefusal } from "../../kernel/object/index.ts";
import { ok, type Finding, type Group } from "./finding.ts";
import type { Machine } from "./machine.ts";

/** File systems that the kernel shows itself through. */
export const mountGroup: Group = {
  name: "file systems",
  linux: true,
  checks: [
    { name: "tracefs", look: lookAtTracefs },
    { name: "bpffs", look: lookAtBpffs },
  ],
};

const tracing = "/sys/kernel/tracing";

function lookAtTracefs({ host }: Machine): Finding {
  const refusal = tracefsRefusal(host);
  const place = host.tracefs();
  if (refusal === undefined) return ok(`${place ?? ""}, ${host.tracepoints().length} tracepoints`);
  const commands = [["mount", "-t", "tracefs", "tracefs", tracing]];
  return {
    state: "failed",
    found: refusal.reason,
    remedy: refusal.remedy,
    fix: place === undefined ? { what: "mount tracefs", commands } : undefined,
  };
}

/** Only pins need it. */
function lookAtBpffs({ host }: Machine): Finding {
  const refusal = bpffsRefusal(host);
  if (refusal === undefined) return ok(defaultPinRoot);
  const commands = [["mount", "-t", "bpf", "bpf", defaultPinRoot]];
  return {
    state: "warning",
    found: `${refusal.reason}: nothing can be pinned`,
    remedy: refusal.remedy,
    fix: { what: "mount bpffs", commands },
  };
}
