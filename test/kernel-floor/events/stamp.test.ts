import { expect, test } from "vitest";
import { stamp } from "../../../src/kernel/events/stamp.ts";

const marker = "seen";

test("the text is compiled anew: it does not see this module", () => {
  const factory =
    (value: number): (() => [number, string]) =>
    () => [value, typeof marker];
  expect(factory(1)()).toEqual([1, "string"]);
  expect(stamp(factory, 2)()).toEqual([2, "undefined"]);
});

test("a factory that needs its module serves as it is", () => {
  expect(stamp((value: number) => [value, marker], 3)).toEqual([3, "seen"]);
});

test("other errors of a factory are the caller's", () => {
  const factory = (): never => {
    throw new RangeError("mine");
  };
  expect(() => stamp(factory)).toThrow(RangeError);
});
