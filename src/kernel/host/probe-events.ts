import type { ProbeEvents, ProbeKind } from "./host.ts";
import type { MachineFiles } from "./machine-files.ts";

const DEVICES = "/sys/bus/event_source/devices";

/**
 * The PMU of kprobes or uprobes. Its type is a number that the kernel gives at boot; where its bits are is said by files
 * such as `format/retprobe`, `config:0`.
 */
export function readProbeEvents(files: MachineFiles, kind: ProbeKind): ProbeEvents | undefined {
  const type = files.number(`${DEVICES}/${kind}/type`);
  const returnBit = configBit(files.text(`${DEVICES}/${kind}/format/retprobe`));
  if (type === undefined || returnBit === undefined) return undefined;
  return { type, returnBit, refCtrShift: configBit(files.text(`${DEVICES}/${kind}/format/ref_ctr_offset`)) };
}

/** The first bit of `config:0` or `config:32-63`. */
function configBit(text: string | undefined): number | undefined {
  const bit = /^config:(\d+)/.exec(text ?? "")?.[1];
  return bit === undefined ? undefined : Number(bit);
}

/** The probes that tracefs holds: `p:uprobes/NAME /bin/bash:0x1234`. */
export function readProbeDefinitions(
  files: MachineFiles,
  tracefs: string,
  kind: ProbeKind,
): string[] | undefined {
  const text = files.text(`${tracefs}/${kind}_events`);
  return text?.split("\n").filter((line) => line !== "");
}
