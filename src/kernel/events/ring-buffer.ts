import { MalformedError, TsbpfError, argumentError } from "../../errors.ts";
import { flags as abiFlags, mapTypes } from "../../format/abi/index.ts";
import type { Codec, Cursor } from "../../program/codec/index.ts";
import { acquireLoader } from "./acquire.ts";
import { askMap } from "./ask-map.ts";
import { SharedPosition } from "./shared-position.ts";
import { Delivery, recordDelivery, recordViews, type RecordViews } from "./record-delivery.ts";
import { checkOptions, openReader } from "./reader.ts";
import { refused } from "./refused.ts";
import { ringLoop, type AnyCallback, type RingState } from "./ring-loop.ts";
import type { Drain, DrainInPlace, EventSource } from "./source.ts";
import { stamp } from "./stamp.ts";
import type { EventReader, EventReaderOptions, EventSourceInput } from "./types.ts";
import type { Kernel } from "../sys/index.ts";

const PROT_READ = 1;
const PROT_WRITE = 2;
/** Distances between positions are int32 here; the kernel would allow 2 GiB. */
const LARGEST_RING = 0x4000_0000;

/**
 * A reader for a `BPF_MAP_TYPE_RINGBUF` map (Linux 5.8). Maps the consumer page writable and the producer page with
 * the data, twice, read-only (RULES 68). Refuses other map types and maps in overwrite mode, whose oldest records
 * the producer may replace while they are read (RULES 73).
 */
export function openRingBuffer<T = Uint8Array>(
  input: EventSourceInput<T>,
  options: EventReaderOptions = {},
): EventReader<T> {
  checkOptions(options);
  return openReader(input.kernel, new RingSource(input), options);
}

class RingSource<T> implements EventSource<T> {
  readonly name: string;
  readonly fds: readonly number[];
  readonly capacity: number;
  readonly lost = undefined;
  private readonly kernel: Kernel;
  private readonly codec: Codec<T> | undefined;
  private readonly consumerPage: ArrayBuffer;
  private readonly producerPages: ArrayBuffer;
  private readonly views: RecordViews;
  private readonly ring: RingState;

  constructor(input: EventSourceInput<T>) {
    const { kernel, host, fd } = input;
    this.name = input.name;
    this.kernel = kernel;
    this.codec = input.codec;
    this.fds = [fd];
    this.capacity = ringSize(input);
    const page = host.pageSize;
    const place = `ring buffer "${input.name}"`;

    const consumer = kernel.mmap(fd, page, PROT_READ | PROT_WRITE, 0);
    if (typeof consumer === "number") throw refused("mmap of the consumer page", consumer, place);
    const producer = kernel.mmap(fd, page + 2 * this.capacity, PROT_READ, page);
    if (typeof producer === "number") {
      kernel.munmap(consumer);
      throw refused("mmap of the producer page and the data", producer, place);
    }
    this.consumerPage = consumer;
    this.producerPages = producer;
    this.views = recordViews(producer);

    const position = new SharedPosition(kernel, consumer, 0);
    const acquire = acquireLoader(kernel, producer, this.views.words);
    this.ring = {
      data: page,
      mask: this.capacity - 1,
      quantum: this.capacity >> 2,
      acquireHeaders: host.architecture !== "x64",
      position: position.low,
      received: 0,
      peak: 0,
      busy: false,
      stopped: false,
      producer: () => acquire(0),
      acquire,
      publish: (low) => position.publish(low),
      strayed: (distance) => {
        const found = `${distance} bytes between the positions`;
        throw new MalformedError(`at most ${this.capacity} bytes to read`, found, undefined, {
          trail: [place],
        });
      },
      damaged: (length, available) => {
        const found = `a record of ${length} bytes`;
        throw new MalformedError(`a record within ${available} bytes`, found, undefined, { trail: [place] });
      },
    };
  }

  get received(): number {
    return this.ring.received;
  }

  get peak(): number {
    return this.ring.peak;
  }

  used(): number {
    return (this.ring.producer() - this.ring.position) | 0;
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
    this.ring.stopped = true;
  }

  close(): void {
    this.kernel.munmap(this.producerPages);
    this.kernel.munmap(this.consumerPage);
  }

  private loop(how: Delivery): (callback: AnyCallback, limit: number) => number {
    return stamp(ringLoop<T>, this.ring, this.views, recordDelivery(how, this.codec));
  }
}

/** Bytes of the ring; refuses what this reader cannot read. */
function ringSize(input: EventSourceInput<unknown>): number {
  const info = input.flags === undefined ? askMap(input.kernel, input.fd) : undefined;
  if (info !== undefined && mapTypes[info.type] !== "ringbuf") {
    throw argumentError(
      `expected a ring buffer, found map "${input.name}" of type ${mapTypes[info.type] ?? info.type}`,
    );
  }
  const size = info?.maxEntries ?? input.maxEntries;
  if (((info?.flags ?? input.flags ?? 0) & abiFlags.BPF_F_RB_OVERWRITE) !== 0) {
    throw new TsbpfError(
      "UNSUPPORTED",
      "expected a ring buffer that keeps its records, found overwrite mode",
      {
        trail: [`ring buffer "${input.name}"`],
        remedy: "create the map without BPF_F_RB_OVERWRITE to read it continuously",
      },
    );
  }
  if (size > LARGEST_RING) {
    throw new TsbpfError("UNSUPPORTED", `expected a ring of at most 1 GiB, found ${size} bytes`, {
      trail: [`ring buffer "${input.name}"`],
    });
  }
  if (size < input.host.pageSize || (size & (size - 1)) !== 0) {
    throw argumentError(`expected a power of two of at least a page as ring size, found ${size} bytes`);
  }
  return size;
}
