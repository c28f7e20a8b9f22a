// The contract suite on the running kernel; test/kernel-floor/fake/contract.test.ts runs it on the fake one.
import { readFileSync, unlinkSync } from "node:fs";
import { test } from "node:test";
import { openEmitter } from "../contract/emitter.ts";
import { contract } from "../contract/index.ts";
import { countFds, sys } from "./sys-door.js";
import assert from "node:assert/strict";

const tracing = "/sys/kernel/tracing/events/syscalls/sys_enter_execve/id";

for (const { name, run } of contract) {
  test(`contract: ${name}`, async () => {
    const kernel = sys.nativeKernel();
    const before = countFds();
    await run({
      kernel,
      pageSize: 4096,
      pinDirectory: "/sys/fs/bpf",
      unlink: unlinkSync,
      tracepoint: Number(readFileSync(tracing, "utf8")),
      produce: (map, kind, count) => {
        const emitter = openEmitter(kernel, map, kind);
        emitter.run(count);
        emitter.close();
      },
    });
    assert.equal(countFds(), before);
  });
}
