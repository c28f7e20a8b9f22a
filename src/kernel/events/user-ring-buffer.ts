import { argumentError } from "../../errors.ts";
import { mapTypes } from "../../format/abi/index.ts";
import { memoryOf, type Codec, type Memory } from "../../program/codec/index.ts";
import type { Kernel } from "../sys/index.ts";
import { acquireLoader } from "./acquire.ts";
import { askMap } from "./ask-map.ts";
import { closedError, refused } from "./refused.ts";
import { SharedPosition } from "./shared-position.ts";
import type { EventSourceInput } from "./types.ts";

const PROT_READ = 1;
const PROT_WRITE = 2;
const HEADER = 8;
/** Distances between positions are int32 here. */
const LARGEST_RING = 0x4000_0000;

/** Sends records to programs, which take them with `bpf_user_ringbuf_drain` (Linux 6.1). One writer for a map. */
export interface UserRingBuffer<T> {
  /** The map's name. */
  readonly name: string;
  /** Bytes of the ring; a record takes 8 more than its length, rounded up to 8. */
  readonly capacity: number;
  readonly closed: boolean;
  /**
   * Writes a value as the codec says, or bytes as they are. false: there is no room until a program has drained;
   * a record that never fits is an ARGUMENT error.
   */
  write(record: T): boolean;
  /** Bytes that are free now, headers of records to come included. */
  free(): number;
  /** Unmaps; idempotent. Records that were written stay for the programs. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * A writer for a `BPF_MAP_TYPE_USER_RINGBUF` map: consumer page read-only, producer page and data (twice) writable
 * (RULES 72). A record is complete before the position moves past it, so it is never BUSY.
 */
export function openUserRingBuffer<T = Uint8Array>(input: EventSourceInput<T>): UserRingBuffer<T> {
  return new RingWriter(input);
}

class RingWriter<T> implements UserRingBuffer<T> {
  readonly name: string;
  readonly capacity: number;
  private readonly kernel: Kernel;
  private readonly codec: Codec<T> | undefined;
  private readonly consumerPage: ArrayBuffer;
  private readonly producerPages: ArrayBuffer;
  private readonly memory: Memory;
  private readonly data: number;
  private readonly position: SharedPosition;
  private readonly consumer: (offset: number) => number;
  private isClosed = false;

  constructor(input: EventSourceInput<T>) {
    const { kernel, host, fd } = input;
    this.name = input.name;
    this.kernel = kernel;
    this.codec = input.codec;
    this.capacity = ringSize(input);
    this.data = host.pageSize;
    const place = `user ring buffer "${input.name}"`;
    const consumer = kernel.mmap(fd, host.pageSize, PROT_READ, 0);
    if (typeof consumer === "number") throw refused("mmap of the consumer page", consumer, place);
    const length = host.pageSize + 2 * this.capacity;
    const producer = kernel.mmap(fd, length, PROT_READ | PROT_WRITE, host.pageSize);
    if (typeof producer === "number") {
      kernel.munmap(consumer);
      throw refused("mmap of the producer page and the data", producer, place);
    }
    this.consumerPage = consumer;
    this.producerPages = producer;
    this.memory = memoryOf(producer);
    this.position = new SharedPosition(kernel, producer, 0);
    this.consumer = acquireLoader(kernel, consumer, new Int32Array(consumer));
  }

  get closed(): boolean {
    return this.isClosed;
  }

  write(record: T): boolean {
    if (this.isClosed) throw closedError(`user ring buffer "${this.name}"`);
    const { codec } = this;
    if (codec === undefined) {
      if (!(record instanceof Uint8Array)) {
        throw argumentError(`expected bytes for "${this.name}", whose record type is not known`);
      }
      return this.put(record.length, (offset) => this.memory.u8.set(record, offset));
    }
    return this.put(codec.size, (offset) => codec.encode(record, this.memory, offset));
  }

  free(): number {
    if (this.isClosed) return 0;
    return this.capacity - ((this.position.low - this.consumer(0)) | 0);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.kernel.munmap(this.producerPages);
    this.kernel.munmap(this.consumerPage);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The second mapping of the data lets a record cross the end. */
  private put(length: number, fill: (offset: number) => void): boolean {
    const step = (length + HEADER + 7) & ~7;
    if (step > this.capacity) {
      throw argumentError(
        `expected a record of at most ${this.capacity - HEADER} bytes for "${this.name}", found ${length} bytes`,
      );
    }
    if (step > this.free()) return false;
    const position = this.position.low;
    const offset = this.data + (position & (this.capacity - 1));
    fill(offset + HEADER);
    this.memory.u32[offset >> 2] = length;
    this.memory.u32[(offset >> 2) + 1] = 0;
    this.position.publish((position + step) | 0);
    return true;
  }
}

/** Bytes of the ring. */
function ringSize(input: EventSourceInput<unknown>): number {
  const info = askMap(input.kernel, input.fd);
  if (info !== undefined && mapTypes[info.type] !== "user_ringbuf") {
    const found = mapTypes[info.type] ?? info.type;
    throw argumentError(`expected a user ring buffer, found map "${input.name}" of type ${found}`);
  }
  const size = info?.maxEntries ?? input.maxEntries;
  if (!(size >= input.host.pageSize && size <= LARGEST_RING && (size & (size - 1)) === 0)) {
    throw argumentError(`expected a power of two from a page to 1 GiB as ring size, found ${size} bytes`);
  }
  return size;
}
