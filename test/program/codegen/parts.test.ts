import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64Lines } from "../../../src/program/codegen/base64.ts";
import { lowerFirst, pascalCase } from "../../../src/program/codegen/type-names.ts";

describe("base64Lines", () => {
  it("gives the bytes back, in lines of the width asked for", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const lines = base64Lines(bytes, 16);
        expect(lines.join("")).toBe(Buffer.from(bytes).toString("base64"));
        expect(lines.slice(0, -1).every((line) => line.length === 16)).toBe(true);
      }),
    );
  });
});

describe("names", () => {
  it.each([
    ["event", "Event", "event"],
    ["trace_event_raw_sys_enter", "TraceEventRawSysEnter", "traceEventRawSysEnter"],
    ["__u32", "U32", "u32"],
    ["sockaddr_in6", "SockaddrIn6", "sockaddrIn6"],
    ["URB", "URB", "uRB"],
    ["3com", "_3com", "_3com"],
    ["", "", ""],
  ])("%s → %s", (name, pascal, lower) => {
    expect(pascalCase(name)).toBe(pascal);
    expect(lowerFirst(pascalCase(name))).toBe(lower);
  });
});
