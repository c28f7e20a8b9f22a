import type { Kernel } from "../sys/index.ts";

/**
 * The position that this side moves and the kernel reads: 64 bits in a shared page, free-running (RULES 69). It is
 * counted in wrapping int32, which V8 keeps in registers; the upper half changes only when the lower one passes
 * 2^32, and then both halves must change at once, or the kernel would see a position that is 4 GiB off.
 */
export class SharedPosition {
  /** Lower half, as the kernel has it. */
  low: number;
  private high: number;
  private readonly words: Int32Array;
  private readonly index: number;
  private readonly kernel: Kernel;
  private readonly mapping: ArrayBuffer;
  private readonly offset: number;

  /** The position lies at byte `offset` (a multiple of 8) of a writable mapping. */
  constructor(kernel: Kernel, mapping: ArrayBuffer, offset: number) {
    this.kernel = kernel;
    this.mapping = mapping;
    this.offset = offset;
    this.words = new Int32Array(mapping);
    this.index = offset >> 2;
    this.low = this.words[this.index] ?? 0;
    this.high = this.words[this.index + 1] ?? 0;
  }

  /** Hands everything before `position` (at most 2 GiB further) to the kernel. */
  publish(position: number): void {
    if (position === this.low) return;
    const passed = position >>> 0 < this.low >>> 0;
    this.low = position;
    if (passed) {
      this.high = (this.high + 1) | 0;
      this.kernel.storeRelease(this.mapping, this.offset, position, this.high);
    } else {
      // Sequentially consistent: a full fence, so that the next look at the kernel's position comes after
      // the store (RULES 70).
      Atomics.store(this.words, this.index, position);
    }
  }
}
