export { fakeKernel } from "./fake-kernel.ts";
export type { FakeAttachment, FakeKernel, FakeKernelOptions } from "./types.ts";
export { fakeHost, type FakeHostOptions } from "./fake-host.ts";
export type { ProgramRequest, Refusal } from "./program.ts";
export type { RingReservation, RingWakeup } from "./ring-map.ts";
