import { MalformedError, argumentError } from "../../errors.ts";
import { fieldOffset, structs } from "../../format/abi/index.ts";
import type { Codec, Cursor } from "../../program/codec/index.ts";
import type { Kernel } from "../sys/index.ts";
import { acquireLoader } from "./acquire.ts";
import { openOutputEvent, outputEventAttr, putEvent, removeEvent } from "./perf-event.ts";
import { perfLoop, type PerfCpuBuffer, type PerfState } from "./perf-loop.ts";
import { SharedPosition } from "./shared-position.ts";
import { checkOptions, openReader } from "./reader.ts";
import { Delivery, recordDelivery, recordViews } from "./record-delivery.ts";
import { refused } from "./refused.ts";
import type { AnyCallback } from "./ring-loop.ts";
import type { Drain, DrainInPlace, EventSource } from "./source.ts";
import { stamp } from "./stamp.ts";
import type { EventReader, EventReaderOptions, EventSourceInput } from "./types.ts";

const PROT_READ = 1;
const PROT_WRITE = 2;
const ENODEV = 19;
/** A record's size is a u16. */
const LARGEST_RECORD = 0x1_0000;
/** Distances between positions are int32. */
const LARGEST_BUFFER = 0x4000_0000;

/** How perf buffers are opened. */
export interface PerfBufferOptions extends EventReaderOptions {
  /** Pages of each CPU's buffer, a power of two; default 64. */
  readonly pages?: number | undefined;
  /** The kernel wakes the reader every so many records of a CPU; default 1. Fewer wake-ups, later events. */
  readonly wakeupEvents?: number | undefined;
  /** Bytes that must wait on a CPU before the kernel wakes the reader; instead of `wakeupEvents`. */
  readonly watermark?: number | undefined;
  /** Told when the kernel reports records that it could not write on a CPU; `metrics().lost` is their sum. */
  readonly onLost?: ((count: number, cpu: number) => void) | undefined;
}

/**
 * A reader for a `BPF_MAP_TYPE_PERF_EVENT_ARRAY` map that programs write to with `bpf_perf_event_output` (Linux 4.4):
 * one buffer for each online CPU whose number has a slot in the map (RULES 74–76). Events come in the order of each
 * CPU. The codec must read at offsets that are multiples of 4 (RULES 75). While it is open it holds one fd
 * and one mapping for each CPU; `close()` takes them out of the map and releases them.
 */
export function openPerfBuffer<T = Uint8Array>(
  input: EventSourceInput<T>,
  options: PerfBufferOptions = {},
): EventReader<T> {
  checkOptions(options);
  return openReader(input.kernel, new PerfSource(input, options), options);
}

/** A CPU's part with what must be released. */
interface OpenCpu extends PerfCpuBuffer {
  readonly fd: number;
  readonly mapping: ArrayBuffer;
}

class PerfSource<T> implements EventSource<T> {
  readonly name: string;
  readonly fds: readonly number[];
  readonly capacity: number;
  private readonly kernel: Kernel;
  private readonly map: number;
  private readonly codec: Codec<T> | undefined;
  private readonly cpus: OpenCpu[] = [];
  private readonly state: PerfState;

  constructor(input: EventSourceInput<T>, options: PerfBufferOptions) {
    const { kernel, host, codec } = input;
    const size = bufferSize(options, host.pageSize);
    if (codec?.alignment === 8) {
      throw argumentError(
        `perf buffer "${input.name}": expected a codec for offsets that are multiples of 4, found one for multiples of 8`,
        "build it with { alignment: 4 }",
      );
    }
    this.name = input.name;
    this.kernel = kernel;
    this.map = input.fd;
    this.codec = codec;
    const attr = outputEventAttr(options.wakeupEvents ?? 1, options.watermark);
    try {
      // Slots are CPU ids, which may have gaps, and not a count of CPUs (RULES 76).
      for (const cpu of host.onlineCpus()) {
        if (cpu < input.maxEntries) this.openCpu(input, attr, cpu, size);
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.fds = this.cpus.map(({ fd }) => fd);
    this.capacity = size * this.cpus.length;
    this.state = {
      buffers: this.cpus,
      data: host.pageSize,
      mask: size - 1,
      scratch: recordViews(new ArrayBuffer(LARGEST_RECORD)),
      first: 0,
      received: 0,
      lost: 0,
      peak: 0,
      stopped: false,
      onLost: options.onLost,
      damaged: (bytes, available, cpu) => {
        throw new MalformedError(`a record within ${available} bytes`, `one of ${bytes} bytes`, undefined, {
          trail: [`perf buffer "${input.name}"`, `CPU ${cpu}`],
        });
      },
    };
  }

  get received(): number {
    return this.state.received;
  }

  get lost(): number {
    return this.state.lost;
  }

  get peak(): number {
    return this.state.peak;
  }

  used(): number {
    return this.cpus.reduce((sum, cpu) => sum + ((cpu.producer() - cpu.position) | 0), 0);
  }

  // The casts below pair a delivery with the type of its callback: see AnyCallback.
  eventDrain(): Drain<T> {
    return this.loop(Delivery.EVENT) as Drain<T>;
  }

  cursorDrain(): Drain<Cursor<T>> | undefined {
    return this.codec === undefined ? undefined : (this.loop(Delivery.CURSOR) as Drain<Cursor<T>>);
  }

  inPlaceDrain(): DrainInPlace {
    return this.loop(Delivery.IN_PLACE) as DrainInPlace;
  }

  bytesDrain(): Drain<Uint8Array> {
    return this.loop(Delivery.BYTES) as Drain<Uint8Array>;
  }

  stop(): void {
    this.state.stopped = true;
  }

  close(): void {
    for (const { cpu, fd, mapping } of this.cpus.splice(0)) {
      removeEvent(this.kernel, this.map, cpu);
      this.kernel.munmap(mapping);
      this.kernel.close(fd);
    }
  }

  private openCpu(input: EventSourceInput<T>, attr: Uint8Array, cpu: number, size: number): void {
    const { kernel, name } = input;
    const place = `perf buffer "${name}": CPU ${cpu}`;
    const fd = openOutputEvent(kernel, attr, cpu);
    // The CPU went offline since the list was read.
    if (fd === -ENODEV) return;
    if (fd < 0) throw refused("perf_event_open", fd, place);
    const mapping = kernel.mmap(fd, input.host.pageSize + size, PROT_READ | PROT_WRITE, 0);
    if (typeof mapping === "number") {
      kernel.close(fd);
      // mlock limits: perf_event_mlock_kb, then RLIMIT_MEMLOCK (kernel/events/core.c, perf_mmap).
      const remedy = "use fewer pages, or raise kernel.perf_event_mlock_kb";
      throw refused("mmap of the buffer", mapping, place, remedy);
    }
    const views = recordViews(mapping);
    const layout = structs.perfEventMmapPage;
    const head = fieldOffset(layout, "data_head");
    const tail = new SharedPosition(kernel, mapping, fieldOffset(layout, "data_tail"));
    const acquire = acquireLoader(kernel, mapping, views.words);
    this.cpus.push({
      cpu,
      fd,
      mapping,
      views,
      position: tail.low,
      producer: () => acquire(head),
      publish: (position) => tail.publish(position),
    });
    const put = putEvent(kernel, this.map, cpu, fd);
    if (put < 0) throw refused("bpf(BPF_MAP_UPDATE_ELEM)", put, place);
  }

  private loop(how: Delivery): (callback: AnyCallback, limit: number) => number {
    return stamp(perfLoop<T>, this.state, recordDelivery(how, this.codec));
  }
}

/** Bytes of one CPU's data. */
function bufferSize(options: PerfBufferOptions, page: number): number {
  const { pages = 64, wakeupEvents, watermark } = options;
  const largest = LARGEST_BUFFER / page;
  if (!(Number.isInteger(pages) && pages > 0 && pages <= largest && (pages & (pages - 1)) === 0)) {
    throw argumentError(`option "pages": expected a power of two up to ${largest}, found ${pages}`);
  }
  const whole = (value: number): boolean => Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;
  if (wakeupEvents !== undefined && !whole(wakeupEvents)) {
    throw argumentError(`option "wakeupEvents": expected a whole number above 0, found ${wakeupEvents}`);
  }
  if (watermark !== undefined && !(whole(watermark) && watermark <= pages * page)) {
    throw argumentError(`option "watermark": expected 1 to ${pages * page} bytes, found ${watermark}`);
  }
  if (wakeupEvents !== undefined && watermark !== undefined) {
    throw argumentError('expected either "wakeupEvents" or "watermark", found both');
  }
  return pages * page;
}
