import { memoryOf } from "./memory.ts";
import type { Memory } from "./types.ts";

/**
 * Lets a decoder read a record that is shorter than its type: what the record lacks is zero. Programs often send
 * only the used part of a last `char[]`.
 */
export class ShortRecord {
  private readonly size: number;
  private memory: Memory | undefined;

  /** `size`: bytes of the whole type, all that a decoder will read. */
  constructor(size: number) {
    this.size = size;
  }

  /** A memory with the record at offset 0; the next call overwrites it, decoded values keep nothing of it. */
  take(memory: Memory, offset: number, length: number): Memory {
    this.memory ??= memoryOf(new ArrayBuffer(Math.ceil(this.size / 8) * 8));
    this.memory.u8.fill(0);
    this.memory.u8.set(memory.u8.subarray(offset, offset + length));
    return this.memory;
  }
}
