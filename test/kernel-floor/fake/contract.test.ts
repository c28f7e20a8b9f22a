// The contract suite on the fake kernel; test/kernel/events-contract.test.ts runs it on the real one.
import { expect, test } from "vitest";
import { fakeKernel } from "../../../src/testing/index.ts";
import { contract } from "../../contract/index.ts";

test.each(contract)("contract: $name", async ({ run }) => {
  const kernel = fakeKernel();
  await run({
    kernel,
    pageSize: 4096,
    pinDirectory: "/sys/fs/bpf",
    unlink: (path) => expect(kernel.unpin(path)).toBe(true),
    tracepoint: 700,
    produce: (map, _kind, count) => {
      for (let index = 0n; index < count; index++) {
        const bytes = new Uint8Array(BigUint64Array.of(index, index).buffer);
        expect(kernel.emit(map, bytes)).toBe(true);
      }
    },
  });
  expect(kernel.openFds()).toEqual([]);
  expect(kernel.openMappings()).toBe(0);
  expect(kernel.openWatches()).toBe(0);
});
