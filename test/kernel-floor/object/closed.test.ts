// Use after close is named once, by whom it was.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readObjectBytes } from "../../../src/kernel/index.ts";
import { fakeHost, fakeKernel } from "../../../src/testing/index.ts";

test("attaching a closed program is CLOSED and names the program once", async () => {
  const bytes = readFileSync(new URL("../../../testdata/obj/zig-21/globals_basic.bpf.o", import.meta.url));
  const kernel = fakeKernel({ version: "6.18" });
  const object = await readObjectBytes(bytes).load({ kernel, host: fakeHost({ release: "6.18" }) });
  const program = object.requireProgram("use");
  object.close();
  expect(() => program.attachRawTracepoint("sys_enter")).toThrowError(
    expect.objectContaining({ code: "CLOSED", trail: ['program "use"'] }),
  );
});
