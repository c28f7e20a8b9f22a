export { openRingBuffer } from "./ring-buffer.ts";
export { openPerfBuffer, type PerfBufferOptions } from "./perf-buffer.ts";
export { openUserRingBuffer } from "./user-ring-buffer.ts";
export type { RecordMemory } from "./record-memory.ts";
export type { EventMetrics, EventReader, EventReaderOptions, ReadOptions, Subscription } from "./types.ts";
