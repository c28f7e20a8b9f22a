import { fieldOffset, structs } from "../format/abi/index.ts";
import { errno } from "./errno.ts";
import type { FakeObject } from "./fd-table.ts";
import type { MapHome } from "./map.ts";
import { describeProbe, type FakeProbe } from "./probes.ts";
import type { FakeProgram } from "./program.ts";

const SAMPLE = 9;
const LOST = 2;
const HEAD = fieldOffset(structs.perfEventMmapPage, "data_head");
const TAIL = fieldOffset(structs.perfEventMmapPage, "data_tail");

/** What perf_event_open(2) asked for. */
export interface PerfRequest {
  readonly type: number;
  readonly config: bigint;
  readonly cpu: number;
  readonly pid: number;
  /** Records, or bytes if `watermark`, until the reader is woken. */
  readonly wakeup: number;
  readonly watermark: boolean;
  /** What the event is, where it is a probe. */
  readonly probe?: FakeProbe | undefined;
  /** Gives back what the event was opened on. */
  readonly release?: (() => void) | undefined;
}

/** A perf event: a tracepoint that programs hang on, or the output of programs on one CPU. */
export class PerfEvent implements FakeObject {
  readonly id = 0;
  readonly request: PerfRequest;
  enabled = false;
  /** Set by PERF_EVENT_IOC_SET_BPF or by a link. */
  program: FakeProgram | undefined;
  private readonly home: MapHome;
  private mapping: ArrayBuffer | undefined;
  private head = 0n;
  private pendingLost = 0;
  private sinceWakeup = 0;
  private signalled = false;

  constructor(request: PerfRequest, home: MapHome) {
    this.request = request;
    this.home = home;
  }

  describe(): string {
    if (this.request.probe !== undefined) return `perf event of ${describeProbe(this.request.probe)}`;
    return `perf event (type ${this.request.type}, config ${this.request.config}, CPU ${this.request.cpu})`;
  }

  released(): void {
    if (this.program !== undefined) this.home.drop(this.program);
    this.program = undefined;
    this.request.release?.();
  }

  /** perf_poll takes the answer away (kernel/events/core.c). */
  readable(): boolean {
    const answer = this.signalled;
    this.signalled = false;
    return answer;
  }

  map(length: number, _protection: number, offset: number): ArrayBuffer | number {
    const pages = length / this.home.pageSize - 1;
    if (offset !== 0 || pages < 1 || (pages & (pages - 1)) !== 0) return -errno.EINVAL;
    if (this.mapping !== undefined) return -errno.EINVAL;
    this.mapping = new ArrayBuffer(length);
    return this.mapping;
  }

  unmap(mapping: ArrayBuffer): void {
    if (mapping !== this.mapping) return;
    structuredClone(mapping, { transfer: [mapping] });
    this.mapping = undefined;
  }

  /** Head and tail at once, as if that many bytes had gone through; a multiple of 8. */
  moveTo(position: bigint): void {
    this.head = position;
    if (this.mapping === undefined) return;
    store64(this.mapping, HEAD, position);
    store64(this.mapping, TAIL, position);
  }

  /** `count` records that had no room: the next record is preceded by a LOST record. */
  lose(count: number): void {
    this.pendingLost += count;
  }

  /** Writes a sample; 0 or -errno. */
  output(bytes: Uint8Array): number {
    if (this.mapping === undefined) return -errno.ENOENT;
    // perf_output_sample: u32 size, data, zeros so that size and data are a multiple of 8 together (RULES 75).
    const padded = ((bytes.length + 4 + 7) & ~7) - 4;
    const sample = new Uint8Array(8 + 4 + padded);
    sample.set(header(SAMPLE, sample.length));
    sample.set(new Uint8Array(Uint32Array.of(padded).buffer), 8);
    sample.set(bytes, 12);
    const lost = this.pendingLost === 0 ? new Uint8Array(0) : lostRecord(this.pendingLost);
    if (sample.length > 0xffff || !this.append(lost, sample)) {
      this.pendingLost += 1;
      return -errno.ENOSPC;
    }
    this.pendingLost = 0;
    this.sinceWakeup += this.request.watermark ? sample.length : 1;
    if (this.sinceWakeup >= Math.max(1, this.request.wakeup)) {
      this.sinceWakeup = 0;
      this.signalled = true;
      this.home.wake(this);
    }
    return 0;
  }

  /** Bytes straight into the data, as one piece with the head behind it: for damage. */
  append(...parts: readonly Uint8Array[]): boolean {
    const mapping = this.mapping;
    if (mapping === undefined) return false;
    const size = mapping.byteLength - this.home.pageSize;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const tail = new BigUint64Array(mapping, TAIL, 1)[0] ?? 0n;
    // CIRC_SPACE: one byte stays free.
    if (this.head - tail + BigInt(length) >= BigInt(size)) return false;
    const data = new Uint8Array(mapping, this.home.pageSize);
    for (const part of parts) {
      for (const byte of part) {
        data[Number(this.head & BigInt(size - 1))] = byte;
        this.head += 1n;
      }
    }
    store64(mapping, HEAD, this.head);
    return true;
  }
}

/** `struct perf_event_header`. */
function header(type: number, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes.set(new Uint8Array(Uint32Array.of(type).buffer));
  bytes.set(new Uint8Array(Uint16Array.of(0, size).buffer), 4);
  return bytes;
}

function lostRecord(count: number): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set(header(LOST, bytes.length));
  bytes.set(new Uint8Array(BigUint64Array.of(0n, BigInt(count)).buffer), 8);
  return bytes;
}

function store64(buffer: ArrayBuffer, offset: number, value: bigint): void {
  new BigUint64Array(buffer, offset, 1)[0] = value;
}
