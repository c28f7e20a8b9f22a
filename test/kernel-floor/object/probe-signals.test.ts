// A pending signal interrupts the verifier: what is probed must not count as missing for that.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readObjectBytes } from "../../../src/kernel/index.ts";
import { fakeHost, fakeKernel, type ProgramRequest } from "../../../src/testing/index.ts";

const EAGAIN = 11;
const bytes = readFileSync(new URL("../../../testdata/obj/zig-21/map_percpu.bpf.o", import.meta.url));

test.each([
  ["tried again", 3],
  ["inconclusive after five tries", 5],
])("a probe that signals interrupt is %s (RULES 48)", async (_, interruptions) => {
  let left = interruptions;
  const verify = (request: ProgramRequest) =>
    request.type === "socket_filter" && left-- > 0 ? { errno: EAGAIN, log: "" } : undefined;
  const kernel = fakeKernel({ version: "6.18", verify });
  const object = await readObjectBytes(bytes, { name: "map_percpu.bpf.o" }).load({
    kernel,
    host: fakeHost({ release: "6.18" }),
  });
  expect(left).toBeLessThanOrEqual(0);
  expect(Object.keys(object.maps)).toContain(".rodata");
  object.close();
  expect(kernel.openFds()).toEqual([]);
});
