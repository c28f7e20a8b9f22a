import type { Kernel } from "../sys/index.ts";

/**
 * How to load 32 bits of a mapping with acquire order. `Atomics.load` is a plain instruction of the machine in V8; in
 * JavaScriptCore an optimised one crashes on a read-only page, so Bun goes through the addon (PERFORMANCE.md, decision 2).
 */
export function acquireLoader(
  kernel: Kernel,
  mapping: ArrayBuffer,
  words: Int32Array,
): (offset: number) => number {
  if ("Bun" in globalThis) return (offset) => kernel.loadAcquire(mapping, offset);
  return (offset) => Atomics.load(words, offset >> 2);
}
