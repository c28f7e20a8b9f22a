// What the verifier's words say about a helper: any complaint but "unknown" means that it is known.
import { expect, test } from "vitest";
import { probeHelper } from "../../../src/kernel/object/feature-probes.ts";
import { fakeKernel } from "../../../src/testing/index.ts";

test.each([
  ["invalid func bpf_ktime_get_coarse_ns#160", false],
  ["0: (85) call unknown#160\ninvalid func unknown#160", false],
  ["unknown func bpf_ktime_get_coarse_ns#160", false],
  ["program of this type cannot use helper bpf_ktime_get_coarse_ns#160", false],
  ["R1 type=ctx expected=map_ptr", true],
  // Refused before the verifier looked: says nothing.
  ["", undefined],
])("a helper, by the log %j: %s (RULES 51)", (log, known) => {
  const kernel = fakeKernel({ version: "6.18", verify: () => ({ errno: 22, log }) });
  expect(probeHelper(kernel, "socket_filter", "BPF_FUNC_ktime_get_coarse_ns")).toBe(known);
  expect(kernel.openFds()).toEqual([]);
});

test("a helper whose program loads is known, and the program is closed (RULES 51)", () => {
  const kernel = fakeKernel({ version: "6.18" });
  expect(probeHelper(kernel, "socket_filter", "BPF_FUNC_ktime_get_coarse_ns")).toBe(true);
  expect(kernel.openFds()).toEqual([]);
});
