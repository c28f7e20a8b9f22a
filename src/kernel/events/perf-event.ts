import {
  bpfCmd,
  encodeStruct,
  fieldOffset,
  flags as abiFlags,
  perfEventIoctls,
  perfEventSampleFormat,
  perfSwIds,
  perfTypeId,
  structs,
} from "../../format/abi/index.ts";
import type { Kernel } from "../sys/index.ts";

/** `watermark` in the bit field of `struct perf_event_attr` (include/uapi/linux/perf_event.h). */
const WATERMARK = 1 << 14;

/**
 * The attr of an event that a program writes to with `bpf_perf_event_output` (RULES 74). The kernel wakes the reader
 * every `wakeupEvents` records, or, if `watermark` is given, when that many bytes wait.
 */
export function outputEventAttr(wakeupEvents: number, watermark: number | undefined): Uint8Array {
  return encodeStruct(structs.perfEventAttr, {
    type: perfTypeId.PERF_TYPE_SOFTWARE,
    size: structs.perfEventAttr.size,
    config: perfSwIds.PERF_COUNT_SW_BPF_OUTPUT,
    sample_type: perfEventSampleFormat.PERF_SAMPLE_RAW,
    sample_period: 1,
    flags: watermark === undefined ? 0 : WATERMARK,
    wakeup_events: watermark ?? wakeupEvents,
  });
}

/** Opens and enables the event of one CPU; the fd, or -errno. */
export function openOutputEvent(kernel: Kernel, attr: Uint8Array, cpu: number): number {
  const fd = kernel.perfEventOpen(attr, -1, cpu, -1, abiFlags.PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return fd;
  const enabled = kernel.ioctl(fd, perfEventIoctls.PERF_EVENT_IOC_ENABLE, 0);
  if (enabled >= 0) return fd;
  kernel.close(fd);
  return enabled;
}

/** Puts an event's fd at `map[cpu]`; 0 or -errno. */
export function putEvent(kernel: Kernel, map: number, cpu: number, event: number): number {
  const layout = structs.bpfAttrMapElem;
  const attr = encodeStruct(layout, { map_fd: map });
  return kernel.bpf(bpfCmd.BPF_MAP_UPDATE_ELEM, attr, [
    { offset: fieldOffset(layout, "key"), buffer: word(cpu) },
    { offset: fieldOffset(layout, "value"), buffer: word(event) },
  ]);
}

/** Takes an event out of the map; the answer does not matter on the way out. */
export function removeEvent(kernel: Kernel, map: number, cpu: number): void {
  const layout = structs.bpfAttrMapElem;
  const attr = encodeStruct(layout, { map_fd: map });
  const key = { offset: fieldOffset(layout, "key"), buffer: word(cpu) };
  kernel.bpf(bpfCmd.BPF_MAP_DELETE_ELEM, attr, [key]);
}

/** 32 bits in the machine's order. */
function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
