export { fakeKernel, type FakeAttachment, type FakeKernel, type FakeKernelOptions } from "./fake-kernel.ts";
export { fakeHost, type FakeHostOptions } from "./fake-host.ts";
export type { ProgramRequest, Refusal } from "./program.ts";
export type { RingReservation, RingWakeup } from "./ring-map.ts";
