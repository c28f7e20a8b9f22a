import { expect, it } from "vitest";
import { toJson } from "../../../src/program/codec/index.ts";

it.each([
  [7, 7],
  [-0.5, -0.5],
  [Number.NaN, "NaN"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
  [5n, 5],
  [2n ** 53n - 1n, 9007199254740991],
  [2n ** 53n, "9007199254740992"],
  [-(2n ** 60n), "-1152921504606846976"],
  [true, true],
  ["text", "text"],
  [null, null],
  [undefined, null],
  [new Uint8Array([0, 255, 16]), "00ff10"],
  [
    [1n, [2]],
    [1, [2]],
  ],
  [
    { a_name: 1n, inner: { data: new Uint8Array(1) } },
    { a_name: 1, inner: { data: "00" } },
  ],
])("%o → %j", (value, expected) => {
  expect(toJson(value)).toEqual(expected);
});

it("keeps a member called __proto__", () => {
  const value: unknown = JSON.parse('{"__proto__": 1}');
  expect(JSON.stringify(toJson(value))).toBe('{"__proto__":1}');
});
