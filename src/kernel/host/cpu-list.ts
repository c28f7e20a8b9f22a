import { MalformedError } from "../../errors.ts";

/**
 * CPU ids out of the kernel's list format, `0-3,7` (Documentation/core-api/printk-formats.rst, "bitmap"), as in
 * /sys/devices/system/cpu/possible. The set may have gaps (RULES 76); the ids come in ascending order.
 */
export function parseCpuList(text: string): number[] {
  const list = text.trim();
  const cpus: number[] = [];
  if (list === "") return cpus;
  for (const part of list.split(",")) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || last < first || first <= (cpus.at(-1) ?? -1)) {
      throw new MalformedError("a CPU list such as 0-3,7", JSON.stringify(list));
    }
    for (let cpu = first; cpu <= last; cpu++) cpus.push(cpu);
  }
  return cpus;
}
