import type { Kernel } from "../../dist/kernel/sys/index.js";

/** The text in a buffer up to its NUL. */
export function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1").split("\0")[0] ?? "";
}

/** BTF of one type: `int`, 4 bytes, signed. */
export function tinyBtf(): Uint8Array {
  const names = Buffer.from("\0int\0");
  const bytes = new Uint8Array(24 + 16 + names.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  view.setUint32(4, 24, true);
  view.setUint32(12, 16, true);
  view.setUint32(16, 16, true);
  view.setUint32(20, names.length, true);
  view.setUint32(24, 1, true);
  view.setUint32(28, 1 << 24, true);
  view.setUint32(32, 4, true);
  view.setUint32(36, (1 << 24) | 32, true);
  bytes.set(names, 40);
  return bytes;
}

/** perf_event_open(2) of a tracepoint on CPU 0, for all processes. */
export function attachedTo(kernel: Kernel, tracepoint: number): number {
  const attr = new Uint8Array(128);
  const view = new DataView(attr.buffer);
  view.setUint32(0, 2, true);
  view.setUint32(4, attr.length, true);
  view.setBigUint64(8, BigInt(tracepoint), true);
  view.setBigUint64(16, 1n, true);
  view.setUint32(48, 1, true);
  return kernel.perfEventOpen(attr, -1, 0, -1, 8);
}
