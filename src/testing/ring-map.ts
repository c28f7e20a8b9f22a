import { errno } from "./errno.ts";
import { FakeMap, type MapHome, type MapRequest } from "./map.ts";

const PROT_WRITE = 2;
const BUSY = 1 << 31;
const DISCARD = 1 << 30;

/** Wake-ups of a record: as the kernel decides, never, always. */
export type RingWakeup = "adaptive" | "none" | "force";

/** A record that was reserved: BUSY until one of the two is called. */
export interface RingReservation {
  /** Writes the record and hands it to the reader; default `"adaptive"`. */
  submit(bytes: Uint8Array, wakeup?: RingWakeup): void;
  /** Gives the room back: the reader skips the record. */
  discard(wakeup?: RingWakeup): void;
}

/** A ring buffer with its producer, after kernel/bpf/ringbuf.c: header, padding, positions, wake-ups. */
export class RingMap extends FakeMap {
  /** Page 0: the consumer's position. */
  private consumer: ArrayBuffer;
  /** The producer's page, the data, the data again. */
  private producer: ArrayBuffer;
  private position = 0n;

  constructor(request: MapRequest, home: MapHome) {
    super(request, home);
    this.consumer = new ArrayBuffer(home.pageSize);
    this.producer = new ArrayBuffer(home.pageSize + 2 * request.maxEntries);
  }

  /** Both positions at once, as if that many bytes had gone through; a multiple of 8. */
  moveTo(position: bigint): void {
    this.position = position;
    store64(this.consumer, position);
    store64(this.producer, position);
  }

  /** The consumer's position as the reader has published it. */
  consumed(): bigint {
    return new BigUint64Array(this.consumer, 0, 1)[0] ?? 0n;
  }

  produced(): bigint {
    return this.position;
  }

  /** undefined: there is no room. */
  reserve(length: number): RingReservation | undefined {
    const step = (length + 15) & ~7;
    const next = this.position + BigInt(step);
    // __bpf_ringbuf_reserve: at most size - 1 bytes may be in flight.
    if (next - this.consumed() > BigInt(this.request.maxEntries - 1)) return undefined;
    const start = this.position;
    this.position = next;
    this.writeHeader(start, length | BUSY);
    store64(this.producer, next);
    const commit = (header: number, wakeup: RingWakeup): void => {
      this.writeHeader(start, header);
      const mask = BigInt(this.request.maxEntries - 1);
      // bpf_ringbuf_commit: wake only a consumer that has caught up with this very record (RULES 70).
      const waiting = (this.consumed() & mask) === (start & mask);
      if (wakeup === "force" || (wakeup === "adaptive" && waiting)) this.home.wake(this);
    };
    return {
      submit: (bytes, wakeup = "adaptive") => {
        this.write(start + 8n, bytes.subarray(0, length));
        commit(length, wakeup);
      },
      discard: (wakeup = "adaptive") => commit(length | DISCARD, wakeup),
    };
  }

  /** Bytes straight into the data at a position: for damage. */
  write(position: bigint, bytes: Uint8Array): void {
    const size = this.request.maxEntries;
    const data = new Uint8Array(this.producer, this.home.pageSize);
    const start = Number(position & BigInt(size - 1));
    for (const [index, byte] of bytes.entries()) {
      const at = (start + index) % size;
      data[at] = byte;
      data[at + size] = byte;
    }
  }

  readable(): boolean {
    return this.position !== this.consumed();
  }

  map(length: number, protection: number, offset: number): ArrayBuffer | number {
    const writing = (protection & PROT_WRITE) !== 0;
    // ringbuf_map_mmap_kern: only the consumer's page may be writable.
    if (offset === 0 && length === this.home.pageSize) return this.consumer;
    if (writing) return -errno.EPERM;
    if (offset !== this.home.pageSize || length > this.producer.byteLength) return -errno.EINVAL;
    return this.producer;
  }

  unmap(mapping: ArrayBuffer): void {
    if (mapping === this.consumer) this.consumer = structuredClone(mapping, { transfer: [mapping] });
    else if (mapping === this.producer) this.producer = structuredClone(mapping, { transfer: [mapping] });
  }

  private writeHeader(position: bigint, length: number): void {
    const header = new Uint8Array(Int32Array.of(length, 0).buffer);
    this.write(position, header);
  }
}

/** A ring that user space writes and programs drain (kernel/bpf/ringbuf.c, __bpf_user_ringbuf_peek). */
export class UserRingMap extends FakeMap {
  private consumer: ArrayBuffer;
  private producer: ArrayBuffer;

  constructor(request: MapRequest, home: MapHome) {
    super(request, home);
    this.consumer = new ArrayBuffer(home.pageSize);
    this.producer = new ArrayBuffer(home.pageSize + 2 * request.maxEntries);
  }

  /** Both positions at once. */
  moveTo(position: bigint): void {
    store64(this.consumer, position);
    store64(this.producer, position);
  }

  /** What a program that drains would get: records up to the first BUSY one, or -errno for damage. */
  drain(): readonly Uint8Array[] | number {
    const size = this.request.maxEntries;
    const data = new Uint8Array(this.producer, this.home.pageSize);
    const view = new DataView(this.producer, this.home.pageSize);
    const end = new BigUint64Array(this.producer, 0, 1)[0] ?? 0n;
    let position = new BigUint64Array(this.consumer, 0, 1)[0] ?? 0n;
    const records: Uint8Array[] = [];
    while (position < end) {
      const start = Number(position & BigInt(size - 1));
      const header = view.getInt32(start, true);
      if (header < 0) break;
      const length = header & 0x3fff_ffff;
      const step = BigInt((length + 15) & ~7);
      if (step > end - position) return -errno.EINVAL;
      if ((header & DISCARD) === 0) {
        // A writer may use the second copy for what crosses the end: that is where it is here too.
        records.push(data.slice(start + 8, start + 8 + length));
      }
      position += step;
      store64(this.consumer, position);
    }
    return records;
  }

  map(length: number, protection: number, offset: number): ArrayBuffer | number {
    const writing = (protection & PROT_WRITE) !== 0;
    // ringbuf_map_mmap_user: the consumer's page is the kernel's.
    if (offset === 0) return writing ? -errno.EPERM : this.consumer;
    if (offset !== this.home.pageSize || length > this.producer.byteLength) return -errno.EINVAL;
    return this.producer;
  }

  unmap(mapping: ArrayBuffer): void {
    if (mapping === this.consumer) this.consumer = structuredClone(mapping, { transfer: [mapping] });
    else if (mapping === this.producer) this.producer = structuredClone(mapping, { transfer: [mapping] });
  }
}

function store64(buffer: ArrayBuffer, value: bigint): void {
  new BigUint64Array(buffer, 0, 1)[0] = value;
}
