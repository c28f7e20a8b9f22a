import { expect, test } from "vitest";
import { nearest, suggest } from "../src/suggestion.ts";

const names = ["trace_execve_enter", "trace_exit", "perf_map", "events"];

test.each([
  ["trace_execve_entre", "trace_execve_enter"],
  ["perf_mpa", "perf_map"],
  ["Events", "events"],
  ["event", "events"],
  ["zzz", undefined],
  ["", undefined],
])("nearest to %j is %j", (name, expected) => {
  expect(nearest(name, names)).toBe(expected);
});

test("a far name lists what there is", () => {
  expect(suggest("zzz", names, 2)).toBe('known: "trace_execve_enter", "trace_exit", … 2 more');
  expect(suggest("zzz", [])).toBeUndefined();
});
